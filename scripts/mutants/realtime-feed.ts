import type { Mutant } from "./mutant.ts";

const SRC = "services/realtime/src";
const FEED = `${SRC}/session/feed.ts`;
const FEED_TEST = `${SRC}/session/feed.test.ts`;
const BACKLOG = `${SRC}/session/backlog-and-live.test.ts`;
const WINDOW = `${SRC}/session/window.test.ts`;
const RESYNC = `${SRC}/node/resync.test.ts`;

/** A connected device gets all that is queued for it, within its window, and nothing gets stuck. */
export const FEED_MUTANTS: readonly Mutant[] = [
  {
    file: FEED,
    from: "const unconfirmed = await confirm().then(",
    to: "const unconfirmed = await Promise.resolve().then(",
    test: FEED_TEST,
    name: "reads its first page only when the subscription is confirmed",
  },
  {
    file: FEED,
    from: "const unconfirmed = await confirm().then(",
    to: "const page = this.#readPage(); const unconfirmed = await confirm().then(",
    test: FEED_TEST,
    name: "reads its first page only when the subscription is confirmed",
  },
  {
    file: FEED,
    from: "if (!unconfirmed || !this.#readUnconfirmed)",
    to: "if (!this.#readUnconfirmed)",
    test: BACKLOG,
    name: "and what it missed when the bus is back",
  },
  {
    file: FEED,
    from: "if (unconfirmed && this.#readUnconfirmed) throw unconfirmed.error;",
    to: "",
    test: BACKLOG,
    name: "and what it missed when the bus is back",
  },
  {
    file: FEED,
    from: "if (this.#gap && cursorAgeMs > timings.maxCursorAgeMs) this.#cursor = undefined;",
    to: "",
    test: FEED_TEST,
    name: "begins again after a while",
  },
  {
    file: FEED,
    from: "    this.#gap = true;",
    to: "",
    test: BACKLOG,
    name: "finds a message that became readable behind the cursor",
  },
  {
    file: FEED,
    from: "  restart(): void {\n    this.#cursor = undefined;",
    to: "  restart(): void {",
    test: RESYNC,
    name: "reads from the beginning after a resync",
  },
  {
    file: FEED,
    from: "if (this.#again || !this.#sendPage(page)) return false;",
    to: "if (!this.#sendPage(page)) return false;",
    test: RESYNC,
    name: "starts over when a resync comes in the middle",
  },
  {
    file: FEED,
    from: " || this.#settled.has(message.id)) continue;",
    to: ") continue;",
    test: BACKLOG,
    name: "does not resend what came live or was acknowledged",
  },
  {
    file: FEED,
    from: "if (registered && !(await registered)) {",
    to: "if (registered && !(await registered) && this.#failures < 0) {",
    test: RESYNC,
    name: "finds devices that were removed while the node was disconnected",
  },
  {
    file: FEED,
    from: "if (!this.#joined || !(window.isFull || connection.waitingBytes >= maxBufferedBytes)) return;",
    to: "if (!this.#joined || !window.isFull) return;",
    test: `${SRC}/connection/slow-consumer.test.ts`,
    name: "leaves the room of one whose buffer is full",
  },
  {
    file: FEED,
    from: "connection.waitingBytes <= maxBufferedBytes / 2",
    to: "connection.waitingBytes <= maxBufferedBytes * 2",
    test: FEED_TEST,
    name: "waits until half of the buffer is free",
  },
  {
    file: FEED,
    from: "- connection.waitingBytes, maxBufferedBytes / 2)",
    to: "- connection.waitingBytes, maxBufferedBytes * 2)",
    test: FEED_TEST,
    name: "reads no more at once than the buffer takes",
  },
  {
    file: FEED,
    from: "if (window.isHalfFree && ",
    to: "if (",
    test: WINDOW,
    name: "stops at exactly 256 unacked messages",
  },
  {
    file: `${SRC}/session/window.ts`,
    from: "this.#unacked.size >= this.#max",
    to: "this.#unacked.size > this.#max",
    test: WINDOW,
    name: "stops at exactly 256 unacked messages",
  },
  {
    file: `${SRC}/session/window.ts`,
    from: "this.#unacked.size <= this.#max / 2",
    to: "this.#unacked.size < this.#max / 2",
    test: WINDOW,
    name: "stops at exactly 256 unacked messages",
  },
  {
    file: `${SRC}/session/session.ts`,
    from: "        this.#probe.start();\n",
    to: "",
    test: WINDOW,
    name: "continues for a client that acknowledges only over HTTP",
  },
  {
    file: `${SRC}/session/window.ts`,
    from: "return [...picked];",
    to: "return [oldest];",
    test: WINDOW,
    name: "finds room when all messages except the oldest",
  },
  {
    file: `${SRC}/session/ack-probe.ts`,
    from: "Math.min(2 * delayMs, ackProbeMaxMs)",
    to: "delayMs",
    test: WINDOW,
    name: "checks at growing intervals",
  },
  {
    file: `${SRC}/node/resync.ts`,
    from: "if (left === 0) return;",
    to: "",
    test: RESYNC,
    name: "keeps to its pace",
  },
  {
    file: `${SRC}/node/resync.ts`,
    from: "perTick = pace.perTick;",
    to: "perTick = Number.POSITIVE_INFINITY;",
    test: RESYNC,
    name: "keeps to its pace",
  },
  {
    file: `${SRC}/node/resync.ts`,
    from: "if (mayHaveMissed(session.address)) waiting.add(session);",
    to: "waiting.add(session);",
    test: RESYNC,
    name: "reads only the queues of the devices that a resync is for",
  },
  {
    file: FEED,
    from: "    this.#stopped = true;",
    to: "",
    test: FEED_TEST,
    name: "ends with its socket",
  },
  {
    file: FEED,
    from: "this.#failures += 1;",
    to: "",
    test: FEED_TEST,
    name: "waits longer after each failure",
  },
];
