const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** A duration in its two largest units, like the ages that kubectl prints: `3d4h`, `5m`, `0s`. */
export function durationText(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const first = UNITS.findIndex(([, seconds]) => rest >= seconds);
  if (first === -1) return "0s";
  let text = "";
  for (const [unit, seconds] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
