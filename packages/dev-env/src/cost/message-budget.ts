/** How messages come: each when the one before it is done with, as at 1 a second; 200 a second; or 256 at once. */
export type Pace = "alone" | "steady" | "busy";

/** Messages a second of the pace `steady`. */
export const STEADY_RATE = 200;
/** Messages at once of the pace `busy`. */
export const AT_ONCE = 256;

type Ceilings = Readonly<Record<Pace, number>>;

const each = (count: number): Ceilings => ({ alone: count, steady: count, busy: count });

/** One call for each message, and one for 256 that come at once. */
const calls: Ceilings = { ...each(1), busy: 1 / AT_ONCE };

/** The same, where calls begin so many milliseconds apart. */
const callsEvery = (ms: number): Ceilings => ({ ...calls, steady: 1000 / ms / STEADY_RATE });

/** At least so many items have to wait for a call to begin at once, whenever the one before began. */
export const ITEMS_OF_AN_EARLY_CALL = 50;

/**
 * What a message to one connected device may cost, from the send over HTTP to the acknowledgement over the socket,
 * which the client sends for each message by itself. `tests/stack/message-budget.system.test.ts` counts it. These are
 * ceilings for each message: lower them when the code does with less. They bound counts and never times, so they hold
 * on a machine of any speed.
 */
export const MESSAGE_BUDGET = {
  "Pub/Sub messages published": each(1),
  "Pub/Sub publish calls": callsEvery(10),
  "Pub/Sub ack IDs": each(1),
  "Pub/Sub acknowledge calls": callsEvery(200),
  /** On top of the envelope: the attributes. */
  "Pub/Sub bytes": each(130),

  "Firestore documents read": each(1),
  "Firestore read calls": calls,
  "Firestore documents written": each(1),
  "Firestore commits": calls,
  "Firestore documents deleted": each(1),
  "Firestore delete calls": callsEvery(50),

  "Redis SPUBLISH": each(1),
  /** Limits of the send and of the acknowledgement. */
  "Redis scripts": { ...each(2), busy: 4 / AT_ONCE },
  /** Those that scripts call are included. */
  "Redis commands": { ...each(26), busy: 2 },
  /** What Redis reads from connections, 16 KiB at most: one for a small pipeline. */
  "Redis reads": { ...each(4), busy: 0.25 },

  "api socket writes": each(1),
  "api bytes": each(420),
  /** The message, and the answer to its acknowledgement. */
  "realtime frames": each(2),
  "realtime socket writes": { ...each(2), busy: 0.5 },
  /** On top of the envelope. */
  "realtime bytes": each(110),
} as const satisfies Readonly<Record<string, Ceilings>>;

/** What is counted. */
export type Counter = keyof typeof MESSAGE_BUDGET;
