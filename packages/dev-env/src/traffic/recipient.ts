import { setTimeout as sleep } from "node:timers/promises";
import { until, type WireMessage, type WireUser } from "@dumbwaiter/wire-user";
import type { Socket } from "socket.io-client";
import type { Ledger } from "./ledger.ts";

const RETRY_MS = 1_000;
const PULL_PAUSE_MS = 50;
/** Of their time, pullers are idle: each query costs Firestore's emulator CPU for every document that ever was. */
const PULL_IDLE_SHARE = 0.75;
const ACK_TIMEOUT_MS = 10_000;
/** All come at once, and the machine may be busy. */
const CONNECT_TIMEOUT_MS = 120_000;

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
      await sleep(RETRY_MS);
    }
  }
  // A stock client gives up when the server refuses a handshake; one that cares about messages does not.
  const reconnect = () => {
    if (!socket.active) setTimeout(() => socket.connect(), RETRY_MS).unref();
  };
  socket.on("connect_error", reconnect);
  let isEmptied = false;
  socket.once("queue:empty", () => {
    isEmptied = true;
  });
  await until(() => isEmptied, Boolean, CONNECT_TIMEOUT_MS);
  ledger.isPresent(user.name, performance.now());
  return { socket, close: () => socket.off("connect_error", reconnect).disconnect() };
}

/**
 * Asks for what is queued, one user after the other and all over again, records and acknowledges it, until the signal
 * aborts. How long a user waits for his turn says nothing about the router: what counts is when he last asked and was left without a message.
 */
export async function pullInTurn(users: WireUser[], ledger: Ledger, signal: AbortSignal): Promise<void> {
  const askedAt = new Map<WireUser, number>();
  for (const user of users) ledger.isPresent(user.name, performance.now());
  while (!signal.aborted) {
    for (const user of users) {
      const startedAt = performance.now();
      let isLast = false;
      while (!signal.aborted && !isLast) {
        // After an outage the user's turn comes again.
        isLast = await pullOnce(user, ledger, askedAt.get(user) ?? 0).catch(() => true);
        askedAt.set(user, performance.now());
      }
      const tookMs = performance.now() - startedAt;
      const pauseMs = Math.max(PULL_PAUSE_MS, (tookMs * PULL_IDLE_SHARE) / (1 - PULL_IDLE_SHARE));
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

/**
 * One page: pulled, recorded as waited for until `at`, acknowledged.
 *
 * @returns whether it was the last
 */
export async function pullOnce(user: WireUser, ledger: Ledger, at: number): Promise<boolean> {
  const { messages, hasMore } = await user.pull();
  for (const message of messages) ledger.receives(user.name, message, at);
  if (messages.length > 0) await user.ack(messages.map(({ id }) => id));
  return !hasMore;
}
