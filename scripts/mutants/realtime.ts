import type { Mutant } from "./mutant.ts";

const SRC = "services/realtime/src";
const FEED = `${SRC}/session/feed.ts`;
const FEED_TEST = `${SRC}/session/feed.test.ts`;
const BACKLOG = `${SRC}/session/backlog-and-live.test.ts`;
const WINDOW = `${SRC}/session/window.test.ts`;
const RESYNC = `${SRC}/node/resync.test.ts`;
const PUSH = `${SRC}/node/push-on-close.test.ts`;
const CLOSINGS = `${SRC}/session/closings.test.ts`;

/** A connected device gets all that is queued for it, within its window, and nothing gets stuck. */
export const REALTIME_MUTANTS: readonly Mutant[] = [
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
    test: BACKLOG,
    name: "neither disconnects a client that gets five large messages",
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
    file: `${SRC}/session/session.ts`,
    from: "else pushOnClose.socketClosed(unfinished);",
    to: "",
    test: PUSH,
    name: "requests one push, for the unacknowledged message of the highest priority",
  },
  {
    file: `${SRC}/session/session.ts`,
    from: 'if (this.#closing === "device_removed") handOver.begin(unfinished);',
    to: 'if (this.#closing === "device_removed") return;',
    test: `${SRC}/node/hand-over.test.ts`,
    name: "is handed to the device that has adopted its queue",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: "    if (isConnected(address)) return;\n",
    to: "",
    test: PUSH,
    name: "requests none while another socket of the device is open",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: "const [queued] = [...(await queues.stillQueued(queue, [...unacked.keys()]))]",
    to: "const [queued] = [...(await Promise.resolve(unacked.keys()))]",
    test: PUSH,
    name: "requests none when everything was acknowledged",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: ".sort((a, b) => b.priority - a.priority);",
    to: ".sort((a, b) => a.priority - b.priority);",
    test: PUSH,
    name: "requests one push, for the unacknowledged message of the highest priority",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: "      clearTimeout(timer);\n      this.#begin(unfinished);",
    to: "      clearTimeout(timer);",
    test: PUSH,
    name: "requests pending pushes at once when the node closes",
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
    file: `${SRC}/connection/handshake.ts`,
    from: "const left = (places.get(room) ?? 1) - 1;",
    to: "const left = places.get(room) ?? 1;",
    test: `${SRC}/connection/handshake.test.ts`,
    name: "until one has closed",
  },
  {
    file: `${SRC}/connection/handshake.ts`,
    from: "if (taken >= maxSockets) {",
    to: "if (taken > maxSockets) {",
    test: `${SRC}/connection/handshake.test.ts`,
    name: "until one has closed",
  },
  {
    file: `${SRC}/node/stalled-sockets.ts`,
    from: 'end("slow_consumer")',
    to: "resync()",
    test: `${SRC}/connection/slow-consumer.test.ts`,
    name: "disconnects one that reads nothing",
  },
  {
    file: `${SRC}/session/session.ts`,
    from: "this.#token.set(admitted.expiresAt);",
    to: "",
    test: CLOSINGS,
    name: "closes the socket for good when its token has expired",
  },
];
