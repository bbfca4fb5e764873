/** What a figure has to show. */
export interface Bar {
  readonly figure: string;
  /** What is compared: the value, or its ratio to the floor or to the other commit. */
  readonly of: "value" | "floor" | "against";
  /** At most this; undefined if there is only an aim. */
  readonly bar?: number;
  readonly aim: number;
  /** Why it is missed, for the document; shown only where it is. */
  readonly why?: string;
}

const services = ["api", "processor", "realtime"];

const LIBRARIES =
  "Most of what is left is spent in Node's HTTP, WebSockets, gRPC and garbage collection, for each message by itself. What bounds hostile clients takes some 10 % that the other commit did not spend. On a slower machine, whose floor was 1.4 to 1.5, two runs of 6baaff2 said 0.67 (0.62 to 0.78) and 0.73 (0.59 to 0.85) of `in-flight-1024`, and 0.71 (0.65 to 0.78) and 0.65 (0.60 to 0.93) of `in-flight-256`. They are not in the table.";

const ALONE =
  "A message shares its calls to Pub/Sub, Firestore and Redis with few others or none. Both commits make these calls, and on caches that have gone cold in between they take up to ten times the CPU time that they take under load. On a slower machine, whose floor was 1.2 to 1.7, three runs said 0.64 (0.61 to 0.74), 0.75 (0.58 to 0.80) and 0.85 (0.70 to 0.98) of `rate-200`, and one 1.03 (0.88 to 1.27) of `rate-10`. They are not in the table.";

const SHARED_BY_NODES =
  "The same 200 messages a second are 25 for each of the eight nodes, and the fewer share a call, the more each costs: see `rate-10`.";

const MORE_THAN_THE_LOOP =
  "The processor also validates each message and looks up the devices of its recipient. It still processes more messages per second than the loop: see `backlog/rate`. On a slower machine, whose floor was 0.68, a run of 6baaff2 said 1.30 (1.15 to 2.50). It is not in the table.";

const STATE_OF_A_SOCKET =
  "A socket also has a session, a feed, and limits on what its client sends and does not read: of 5,000 more sockets, looked at by hand after two collections at 25c0b5d, each holds 13.3 KB of JavaScript heap (15.8 at 2d05908), and one of bare Socket.IO 10.9 KB. The rest of the process's memory differs between runs: garbage that is not yet collected, and Node's compile cache.";

const ONE_PROCESS =
  "The floor only answers. The embedded process also commits each message to SQLite in a second thread, processes it, and commits it once more for the recipient. On a slower machine, whose floor was 1.82, a run of 6baaff2 said 2.55 (2.44 to 3.13). It is not in the table.";

/** Bars of ratios to another commit are for this one, where the work on them began. */
export const BARS_COMMIT = "d6e8533";

export const BARS: readonly Bar[] = [
  { figure: "in-flight-1024", of: "against", bar: 0.65, aim: 0.55, why: LIBRARIES },
  { figure: "in-flight-1024", of: "floor", aim: 3.6 },
  { figure: "in-flight-256", of: "against", bar: 0.65, aim: 0.55, why: LIBRARIES },
  { figure: "rate-200", of: "against", bar: 0.65, aim: 0.5, why: ALONE },
  { figure: "rate-10", of: "against", bar: 0.7, aim: 0.5, why: ALONE },
  { figure: "rate-200/own-p99", of: "value", bar: 20, aim: 10 },
  { figure: "send-stored", of: "against", bar: 0.7, aim: 0.6 },
  { figure: "drain", of: "against", bar: 0.9, aim: 0.7 },
  { figure: "drain/duplicates", of: "value", bar: 0, aim: 0 },
  { figure: "nodes-8", of: "floor", bar: 1.1, aim: 1.05, why: SHARED_BY_NODES },
  // Three quarters of a bare loop's speed, and nine tenths.
  { figure: "backlog", of: "floor", bar: 1 / 0.75, aim: 1 / 0.9, why: MORE_THAN_THE_LOOP },
  { figure: "idle-sockets", of: "floor", bar: 1.05, aim: 0.8, why: STATE_OF_A_SOCKET },
  { figure: "start-up/embedded", of: "value", bar: 1, aim: 0.5 },
  ...services.map((each) => ({ figure: `start-up/${each}`, of: "value", bar: 0.7, aim: 0.5 }) as const),
  { figure: "embedded-send", of: "floor", bar: 2.2, aim: 1.8, why: ONE_PROCESS },
  { figure: "tracing", of: "value", bar: 3, aim: 2 },
];
