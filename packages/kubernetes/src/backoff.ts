export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Waiting times that double up to a limit, each drawn from its upper half so that many clients spread. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  nextMs(): number {
    return backoffMs(this.#options, this.#failures++);
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** @param failures how many came before */
export function backoffMs({ firstMs, maxMs }: BackoffOptions, failures: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + Math.random() / 2);
}
