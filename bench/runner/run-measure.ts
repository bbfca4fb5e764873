import { startFirestoreEmulator, startPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import type { Tree } from "../trees/tree.ts";
import { type Found, type Measure, ROUNDS, type Run, type Subject, WARM_UP_PARTS } from "./measure.ts";
import { within } from "./within.ts";

/** Of each start, round and stop in the size that is published: far more than any of them takes. */
const DEADLINE_MS = 20 * 60_000;

export interface RunOptions {
  /** The measure's own by default. */
  readonly rounds?: number | undefined;
  /** Of all counts and times; 1 is what is published. */
  readonly scale: number;
  readonly profiles?: string | undefined;
  /** Told what happens now. */
  onStep(step: string): void;
  /** Of each start, round and stop. */
  readonly deadlineMs?: number;
}

/** What one round found in each of them. */
export interface Round {
  readonly own: Found;
  readonly against?: Found;
  readonly floor?: Found;
}

/**
 * Warms up and measures the trees in turn, A B B A, so that each meets the same machine, and the floor between them.
 * The emulators are new for each measure: after some 400,000 messages, Pub/Sub's stops.
 *
 * @throws with the measure and the step, if one does not end
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
    await deadlineOf(measure, options)("stopping", () => opened.disposeAsync());
  }
}

async function measureInRounds(
  opened: AsyncDisposableStack,
  measure: Measure,
  own: Tree,
  against: Tree | undefined,
  options: RunOptions,
): Promise<Round[]> {
  const { rounds = measure.rounds ?? ROUNDS, onStep } = options;
  const run = createRun(opened, options);
  const ends = deadlineOf(measure, options);
  const open = async (name: string, opening: () => Promise<Subject>): Promise<Subject> => {
    const step = `starting ${name}`;
    onStep(step);
    return opened.adopt(await ends(step, opening), (subject) => subject.close());
  };
  const subject = await open(own.commit, () => measure.open(own, run));
  const other = against && (await open(against.commit, () => measure.open(against, run)));
  const floor =
    measure.openFloor && (await open("the floor", () => measure.openFloor?.(own, run) as Promise<Subject>));

  const parts: (readonly [keyof Round, Subject | undefined, string])[] = [
    ["own", subject, own.commit],
    ["floor", floor, "the floor"],
    ["against", other, against?.commit ?? ""],
  ];
  const inTurn = async (
    at: number,
    what: string,
    work: (part: keyof Round, each: Subject) => Promise<void>,
  ) => {
    for (const [part, each, name] of at % 2 === 0 ? parts : parts.toReversed()) {
      if (!each) continue;
      const step = `${what}, ${name}`;
      onStep(step);
      await ends(step, () => work(part, each));
    }
  };
  for (let part = 0; subject.warmUp && part < WARM_UP_PARTS; part += 1) {
    await inTurn(part, `warm-up ${part + 1} of ${WARM_UP_PARTS}`, async (_, each) => each.warmUp?.());
  }
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const found: Partial<Record<keyof Round, Found>> = {};
    await inTurn(round, `round ${round + 1} of ${rounds}`, async (part, each) => {
      found[part] = await each.round();
    });
    results.push(found as Round);
  }
  return results;
}

function deadlineOf({ name }: Measure, { scale, deadlineMs = DEADLINE_MS * Math.max(1, scale) }: RunOptions) {
  return <T>(step: string, work: () => Promise<T>) => within(`${name}: ${step}`, deadlineMs, work);
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
