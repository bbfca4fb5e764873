const STEPS = [1, 2, 5];

/** Round numbers from 0 to at least `most`, some five of them. */
export function linearTicks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const size = 10 ** Math.floor(Math.log10(most / 5));
  const step = size * ([...STEPS, 10].find((each) => most / size / each <= 5) as number);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Round numbers on a logarithmic axis, the first at most `least` and the last at least `most`; both over 0. */
export function logTicks(least: number, most: number): number[] {
  const ticks: number[] = [];
  const from = Math.floor(Math.log10(least));
  for (let power = from; power <= Math.ceil(Math.log10(most)); power += 1) {
    for (const step of STEPS) ticks.push(Number((step * 10 ** power).toPrecision(12)));
  }
  const first = ticks.findLastIndex((tick) => tick <= least);
  const last = ticks.findIndex((tick) => tick >= most);
  return ticks.slice(Math.max(0, first), last + 1);
}
