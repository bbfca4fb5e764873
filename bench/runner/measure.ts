import type { ServerAddress } from "@dumbwaiter/dev-env/servers";
import type { Tree } from "../trees/tree.ts";

/** Of a measure that does not say how many. */
export const ROUNDS = 5;

/** What is measured, as one module of `measures`. */
export interface Measure {
  /** For `--only`. */
  readonly name: string;
  /** What happens, for people. */
  readonly title: string;
  /** What each round finds; the first is what the measure is about. */
  readonly figures: readonly Figure[];
  /** In place of `ROUNDS`, where a round takes minutes, or differs much from the next. */
  readonly rounds?: number;
  /** Starts it from the tree. */
  open(tree: Tree, run: Run): Promise<Subject>;
  /** The least that the same work could cost here and now. Its rounds find some of the same figures. */
  openFloor?(tree: Tree, run: Run): Promise<Subject>;
}

export interface Figure {
  /** The measure's own name, or that and a part: `rate-200/p99`. */
  readonly name: string;
  readonly unit: string;
}

/** What a round found, by the figure's name. */
export type Found = Readonly<Record<string, number>>;

/** In so many parts, and in turn: a tree that was idle while another was warmed up costs more, see ADR 49. */
export const WARM_UP_PARTS = 4;

/** Something that runs and can be measured again and again. */
export interface Subject {
  /** Does one of {@link WARM_UP_PARTS} of what comes before the first round. */
  warmUp?(): Promise<void>;
  round(): Promise<Found>;
  close(): Promise<void>;
}

/** What all that a measure compares has in common. */
export interface Run {
  /** Google's emulators: started by the first call, and shared. */
  emulators(): Promise<{ readonly pubsub: ServerAddress; readonly firestore: ServerAddress }>;
  /** A count or a time in the size that the run has. */
  scaled(full: number): number;
  /** Where each service writes its CPU profile. */
  readonly profiles?: string | undefined;
}
