import { until, type WireUser } from "@dumbwaiter/wire-user";
import type { Ledger } from "../traffic/ledger.ts";

/** All connect at once, and the machine may be busy. */
const CONNECT_TIMEOUT_MS = 120_000;

export interface SdkRecipient {
  close(): Promise<void>;
}

/**
 * Connects with the SDK, then records and acknowledges what it hands over, once each. Resolves once the backlog has come.
 *
 * @throws if it is not connected in time
 */
export async function connectSdk(user: WireUser, ledger: Ledger): Promise<SdkRecipient> {
  const client = user.connect();
  const received = (async () => {
    for await (const message of client.messages()) {
      ledger.receives(user.name, message, performance.now());
      await message.ack();
    }
  })();
  received.catch(() => {}); // It fails only once the client has closed by itself, which close() tells.
  try {
    await until(
      () => client.state,
      (state) => state === "live",
      CONNECT_TIMEOUT_MS,
    );
  } catch (error) {
    await client.close();
    throw error;
  }
  ledger.isPresent(user.name, performance.now());
  return {
    async close() {
      await client.close();
      await received;
    },
  };
}
