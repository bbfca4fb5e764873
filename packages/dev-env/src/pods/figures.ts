/** Reports progress. */
export function say(line: string): void {
  process.stderr.write(`pods: ${line}\n`);
}

/** Measurements of a run, printed at its end. */
export class Figures {
  readonly #lines: string[] = [];

  add(name: string, value: string | number): void {
    this.#lines.push(`  ${name}: ${value}`);
  }

  /** Minimum, median and maximum. */
  spread(name: string, milliseconds: readonly number[]): void {
    const sorted = milliseconds.toSorted((a, b) => a - b);
    const at = (share: number) => seconds(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
    this.add(name, `${at(0)} / ${at(0.5)} / ${at(1)} s (minimum, median, maximum of ${sorted.length})`);
  }

  print(): void {
    process.stdout.write(`\nPods, measured:\n${this.#lines.join("\n")}\n`);
  }
}

export function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
