import type { Mutant } from "./mutant.ts";

const SRC = "services/realtime/src";
const ANONYMOUS = `${SRC}/node/anonymous-sockets.test.ts`;
const PUSH = `${SRC}/node/push-on-close.test.ts`;
const CLOSINGS = `${SRC}/session/closings.test.ts`;

/** Who gets a socket and for how long, and who is woken for what a closed one leaves unacknowledged. */
export const SOCKET_MUTANTS: readonly Mutant[] = [
  {
    file: `${SRC}/session/session.ts`,
    from: "else pushOnClose.socketClosed(unfinished);",
    to: "",
    test: PUSH,
    name: "requests one push, for the unacknowledged message of the highest priority",
  },
  {
    file: `${SRC}/session/session.ts`,
    from: 'if (this.#end.code === "device_removed") handOver.begin(unfinished);',
    to: 'if (this.#end.code === "device_removed") return;',
    test: `${SRC}/node/hand-over.test.ts`,
    name: "is handed to the device that has adopted its queue",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: "    if (isConnected(address)) return;\n",
    to: "",
    test: PUSH,
    name: "requests none, and reads nothing, while another socket",
  },
  {
    file: `${SRC}/node/push-on-close.ts`,
    from: "if (queued === undefined || isConnected(address)) return;",
    to: "if (queued === undefined) return;",
    test: PUSH,
    name: "requests none when the device connects again while the node looks",
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
    file: `${SRC}/connection/places.ts`,
    from: "this.#add(key, -1)",
    to: "this.#add(key, 1)",
    test: `${SRC}/connection/handshake.test.ts`,
    name: "until one has closed",
  },
  {
    file: `${SRC}/connection/places.ts`,
    from: "if (this.taken(key) >= max) return undefined;",
    to: "if (this.taken(key) > max) return undefined;",
    test: `${SRC}/connection/handshake.test.ts`,
    name: "until one has closed",
  },
  {
    file: `${SRC}/connection/handshake-auth.ts`,
    from: " && Object.keys(auth).length === 1",
    to: "",
    test: `${SRC}/session/anonymous-session.test.ts`,
    name: "is refused",
  },
  {
    file: `${SRC}/session/anonymous-session.ts`,
    from: "    this.#idleTimer.refresh();\n",
    to: "",
    test: ANONYMOUS,
    name: "end when they have had nothing accepted for a while",
  },
  {
    file: `${SRC}/node/anonymous-sockets.ts`,
    from: "if (this.#sessions.delete(session)) this.#sessions.add(session);",
    to: "",
    test: ANONYMOUS,
    name: "make room for another once a node has many",
  },
  {
    file: `${SRC}/node/stalled-sockets.ts`,
    from: 'end("slow_consumer")',
    to: "resync()",
    test: `${SRC}/connection/slow-consumer.test.ts`,
    name: "disconnects one that reads nothing",
  },
  {
    file: `${SRC}/node/expired-tokens.ts`,
    from: 'if (session.tokenExpiresAt <= expired) session.end("token_expired");',
    to: "{}",
    test: CLOSINGS,
    name: "closes the socket for good when its token has expired",
  },
  {
    file: `${SRC}/node/pace.ts`,
    from: "if (isGone()) return false;",
    to: "",
    test: `${SRC}/requests/request-handlers.test.ts`,
    name: "a send that waits for its turn is not accepted",
  },
  {
    file: `${SRC}/requests/request-handlers.ts`,
    from: "if (!connection.isOpen) throw new SocketClosedError();",
    to: "",
    test: `${SRC}/requests/request-handlers.test.ts`,
    name: "a pull reads nothing, and one that waits for its turn can be left out",
  },
  {
    file: `${SRC}/requests/request-handlers.ts`,
    from: "const isGone = () => !connection.isOpen;",
    to: "const isGone = () => false;",
    test: `${SRC}/requests/request-handlers.test.ts`,
    name: "a pull reads nothing, and one that waits for its turn can be left out",
  },
  {
    file: "packages/service/src/edge/byte-budget.ts",
    from: "if (this.#revoked.has(holder[0])) continue;",
    to: "",
    test: "packages/service/src/edge/byte-budget.test.ts",
    name: "does not wait for who goes on working after bytes were taken back",
  },
  {
    file: `${SRC}/connection/reading-gate.ts`,
    from: "this.#waitingBytes + this.#runningBytes + this.#running * RUNNING_OVERHEAD_BYTES",
    to: "this.#waitingBytes + this.#runningBytes",
    test: `${SRC}/connection/unread.test.ts`,
    name: "lose sockets, too, when what their requests take besides their text is too much",
  },
  {
    file: `${SRC}/connection/outgoing-packets.ts`,
    from: "if (packet.options?.wsPreEncodedFrame) packet.data = undefined;",
    to: "",
    test: `${SRC}/connection/outgoing-packets.test.ts`,
    name: "holds a message that waits once, as its frame",
  },
];
