import { setTimeout as sleep } from "node:timers/promises";
import { until, type WireMessage, type WireUser } from "@dumbwaiter/wire-user";
import type { Socket } from "socket.io-client";
import type { Ledger } from "./ledger.ts";

const RETRY_MS = 1_000;
const PULL_PAUSE_MS = 50;
/** Pullers idle for this share of the time: a query costs Firestore's emulator CPU for every document that ever existed. */
const PULL_IDLE_SHARE = 0.75;
const ACK_TIMEOUT_MS = 10_000;
/** All connect at once, and the machine may be busy. */
const CONNECT_TIMEOUT_MS = 120_000;

export interface ConnectedRecipient {
  readonly socket: Socket;
  close(): void;
}

/** Connects, then records and acknowledges what it receives. Resolves after the first `queue:empty`. */
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
        .catch(() => undefined); // lost connection or outage
      if (answer?.ok) return;
      await sleep(RETRY_MS);
    }
  }
  // A stock client gives up when the server refuses a handshake.
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

export interface PullingDevice {
  readonly user: WireUser;
  readonly ledger: Ledger;
}

/**
 * Pulls for one device after the other, again and again, and records and acknowledges what it gets, until the signal
 * aborts. How long a device waits for a turn says nothing about the router: what counts is the last pull that returned
 * without the message.
 */
export async function pullInTurn(devices: readonly PullingDevice[], signal: AbortSignal): Promise<void> {
  const askedAt = new Map<WireUser, number>();
  for (const { user, ledger } of devices) ledger.isPresent(user.name, performance.now());
  while (!signal.aborted) {
    for (const { user, ledger } of devices) {
      const startedAt = performance.now();
      let isLast = false;
      while (!signal.aborted && !isLast) {
        // After an outage the device gets another turn.
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
 * Pulls one page, records it as waited for until `at`, and acknowledges it.
 *
 * @returns whether it was the last
 */
export async function pullOnce(user: WireUser, ledger: Ledger, at: number): Promise<boolean> {
  const { messages, hasMore } = await user.pull();
  for (const message of messages) ledger.receives(user.name, message, at);
  if (messages.length > 0) await user.ack(messages.map(({ id }) => id));
  return !hasMore;
}
