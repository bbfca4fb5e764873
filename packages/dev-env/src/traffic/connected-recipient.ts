import type { Client } from "@dumbwaiter/client";
import { untilLive, type WireUser } from "@dumbwaiter/wire-user";
import type { Ledger } from "./ledger.ts";

/** All connect at once, and the machine may be busy. */
const CONNECT_TIMEOUT_MS = 120_000;

export interface ConnectedRecipient {
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * Connects, then records and acknowledges what the SDK hands over, once each. Resolves once the backlog has come.
 *
 * @throws if it is not connected in time
 */
export async function connectRecipient(user: WireUser, ledger: Ledger): Promise<ConnectedRecipient> {
  const client = user.connect();
  const received = (async () => {
    for await (const message of client.messages()) {
      ledger.receives(user.name, message, performance.now());
      await message.ack();
    }
  })();
  received.catch(() => {}); // It fails only once the client has closed by itself, which close() tells.
  try {
    await untilLive(client, CONNECT_TIMEOUT_MS);
  } catch (error) {
    await client.close();
    throw error;
  }
  ledger.isPresent(user.name, performance.now());
  return {
    client,
    async close() {
      await client.close();
      await received;
    },
  };
}
