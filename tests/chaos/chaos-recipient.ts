import { setTimeout as sleep } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { nextEvent, type WireMessage, type WireUser } from "../wire/wire-user.ts";
import type { Ledger } from "./ledger.ts";

const POLL_MS = 1_000;
const ACK_TIMEOUT_MS = 10_000;

export interface ConnectedRecipient {
  readonly socket: Socket;
  close(): void;
}

/** Connects, records what comes, and acknowledges it. Resolves after the first `queue:empty`. */
export async function connect(user: WireUser, ledger: Ledger): Promise<ConnectedRecipient> {
  const socket = await user.socket();
  socket.on("message", (message: WireMessage) => {
    ledger.receives(user.name, message, performance.now());
    void ack(message.id);
  });
  async function ack(id: string): Promise<void> {
    while (socket.active) {
      const answer = await socket
        .timeout(ACK_TIMEOUT_MS)
        .emitWithAck("ack", { messageIds: [id] })
        .catch(() => undefined); // a lost connection or an outage
      if (answer?.ok) return;
      await sleep(POLL_MS);
    }
  }
  // A stock client gives up when the server refuses a handshake; one that cares about messages does not.
  const reconnect = () => {
    if (!socket.active) setTimeout(() => socket.connect(), POLL_MS).unref();
  };
  socket.on("connect_error", reconnect);
  await nextEvent(socket, "queue:empty");
  ledger.isPresent(user.name, performance.now());
  return { socket, close: () => socket.off("connect_error", reconnect).disconnect() };
}

/** Asks again and again for what is queued, records and acknowledges it, until the signal aborts. */
export async function poll(user: WireUser, ledger: Ledger, signal: AbortSignal): Promise<void> {
  ledger.isPresent(user.name, performance.now());
  while (!signal.aborted) {
    const isEmpty = await pullOnce(user, ledger).catch(() => true); // an outage; ask again
    if (isEmpty) await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** One page: pulled, recorded, acknowledged. @returns whether it was the last */
export async function pullOnce(user: WireUser, ledger: Ledger): Promise<boolean> {
  const { messages, hasMore } = await user.pull();
  const at = performance.now();
  for (const message of messages) ledger.receives(user.name, message, at);
  if (messages.length > 0) await user.ack(messages.map(({ id }) => id));
  return !hasMore;
}
