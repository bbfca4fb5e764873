import type { Operations } from "./operations.ts";

export interface WorkerSettings {
  readonly dataDir: string;
  readonly maxLargeIngressBytes?: number | undefined;
}

/** One operation that the main thread asks for. */
export interface Call {
  readonly id: number;
  readonly name: keyof Operations;
  readonly args: readonly unknown[];
}

export type Outcome =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** From the main thread, which waits for these calls until the deadline, by {@link sharedNow}. */
export type Request = { readonly calls: readonly Call[]; readonly deadline: number } | "close";

/** In milliseconds, the same on all threads, and never set back or forward. */
export const sharedNow = () => performance.timeOrigin + performance.now();

/** From the worker: `opened` or `refused` first. */
export type Reply =
  | "opened"
  | { readonly refused: string }
  | { readonly outcomes: readonly Outcome[]; readonly durable: boolean };
