import { startFirestoreEmulator, startPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import type { Tree } from "../trees/tree.ts";
import type { Found, Measure, Run, Subject } from "./measure.ts";

export interface RunOptions {
  readonly rounds: number;
  /** Of all counts and times; 1 is what is published. */
  readonly scale: number;
  readonly profiles?: string | undefined;
  /** Told what happens now. */
  onStep(step: string): void;
}

/** What one round found in each of them. */
export interface Round {
  readonly own: Found;
  readonly against?: Found;
  readonly floor?: Found;
}

/**
 * Measures the trees in turn, A B B A, so that each meets the same machine, and the floor between them. The emulators
 * are new for each measure: after some 400,000 messages, Pub/Sub's stops.
 */
export async function runMeasure(
  measure: Measure,
  own: Tree,
  against: Tree | undefined,
  options: RunOptions,
): Promise<Round[]> {
  const opened = new AsyncDisposableStack();
  try {
    return await measureInRounds(opened, measure, own, against, options);
  } finally {
    options.onStep("stopping");
    await opened.disposeAsync();
  }
}

async function measureInRounds(
  opened: AsyncDisposableStack,
  measure: Measure,
  own: Tree,
  against: Tree | undefined,
  { rounds, onStep, ...options }: RunOptions,
): Promise<Round[]> {
  const run = createRun(opened, options);
  const open = async (name: string, opening: () => Promise<Subject>): Promise<Subject> => {
    onStep(`starting ${name}`);
    return opened.adopt(await opening(), (subject) => subject.close());
  };
  const subject = await open(own.commit, () => measure.open(own, run));
  const other = against && (await open(against.commit, () => measure.open(against, run)));
  const floor =
    measure.openFloor && (await open("the floor", () => measure.openFloor?.(own, run) as Promise<Subject>));

  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const parts: (readonly [keyof Round, Subject | undefined, string])[] = [
      ["own", subject, own.commit],
      ["floor", floor, "the floor"],
      ["against", other, against?.commit ?? ""],
    ];
    const found: Partial<Record<keyof Round, Found>> = {};
    for (const [part, each, name] of round % 2 === 0 ? parts : parts.toReversed()) {
      if (!each) continue;
      onStep(`round ${round + 1} of ${rounds}, ${name}`);
      found[part] = await each.round();
    }
    results.push(found as Round);
  }
  return results;
}

function createRun(opened: AsyncDisposableStack, options: Pick<RunOptions, "scale" | "profiles">): Run {
  let emulators: ReturnType<Run["emulators"]> | undefined;
  const start = async () => {
    const keep = async (starting: ReturnType<typeof startPubSubEmulator>) =>
      opened.adopt(await starting, (server) => server.stop());
    const [pubsub, firestore] = await Promise.all([
      keep(startPubSubEmulator()),
      keep(startFirestoreEmulator()),
    ]);
    return { pubsub, firestore };
  };
  return {
    emulators: () => {
      emulators ??= start();
      return emulators;
    },
    scaled: (full) => Math.max(1, Math.round(full * options.scale)),
    profiles: options.profiles,
  };
}
