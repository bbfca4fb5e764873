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

/** From the main thread. */
export type Request = { readonly calls: readonly Call[] } | "close";

/** From the worker: `opened` or `refused` first. */
export type Reply =
  | "opened"
  | { readonly refused: string }
  | { readonly outcomes: readonly Outcome[]; readonly durable: boolean };
