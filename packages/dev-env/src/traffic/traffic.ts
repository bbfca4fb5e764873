import { setTimeout as sleep } from "node:timers/promises";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { uniqueName } from "../servers/index.ts";
import type { Stack } from "../stack/start-stack.ts";
import { type ConnectedRecipient, connectRecipient } from "./connected-recipient.ts";
import { Ledger } from "./ledger.ts";
import { pullInTurn } from "./pulling-devices.ts";
import { sendUntilAccepted } from "./sender.ts";

export interface Traffic {
  readonly ledger: Ledger;
  readonly connected: readonly ConnectedRecipient[];
  /** Stops sending; resolves once every send is answered with 202. */
  stopSending(): Promise<void>;
  /** Resolves with whether everything accepted is received by the deadline, in `performance.now()`. */
  caughtUpBy(deadline: number): Promise<boolean>;
  close(): Promise<void>;
}

interface TrafficOptions {
  /** Where clients connect; the stack's nodes by default. */
  readonly realtimeUrls?: readonly string[];
  /** Users who stay connected; 16 by default. */
  readonly connected?: number;
  /** 25 by default. */
  readonly sendsPerSecond?: number;
}

const PULLING = 4;
const BODY_BYTES = 1_000;
/** Few, so that a load balancer distributes them evenly. */
const CONNECTING_AT_ONCE = 8;

/** Sends a steady stream of messages to connected and pulling users of a stack, and keeps a ledger of them. */
export async function startTraffic(
  stack: Pick<Stack, "issuer"> & Record<"api" | "realtime", readonly { readonly url: string }[]>,
  options: TrafficOptions = {},
): Promise<Traffic> {
  const { realtimeUrls = stack.realtime.map(({ url }) => url), sendsPerSecond = 25 } = options;
  const connectedCount = options.connected ?? 16;
  const ledger = new Ledger();
  const end = new AbortController();
  const apis = stack.api.map(({ url }) => url);
  const users = Array.from({ length: connectedCount + PULLING }, (_, index) => {
    const nearest = (urls: readonly string[]) => urls[index % urls.length] as string;
    const endpoints = { api: nearest(apis), realtime: nearest(realtimeUrls), issuer: stack.issuer.url };
    return new WireUser(uniqueName("user"), endpoints);
  });
  const connected: ConnectedRecipient[] = [];
  const waiting = users.slice(0, connectedCount).values();
  async function connectInTurn(): Promise<void> {
    for (const user of waiting) connected.push(await connectRecipient(user, ledger));
  }
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connectInTurn));
  const pulling = pullInTurn(
    users.slice(connectedCount).map((user) => ({ user, ledger })),
    end.signal,
  );

  async function send(index: number): Promise<void> {
    const [sender, recipient] = [index + 1, index].map((of) => users[of % users.length]) as [
      WireUser,
      WireUser,
    ];
    const envelope = newEnvelope(recipient, BODY_BYTES);
    ledger.intends(envelope.encryptedData, recipient.name);
    const id = await sendUntilAccepted(sender, envelope, apis, end.signal);
    if (id !== undefined) ledger.accepts(id, envelope.encryptedData, performance.now());
  }

  let sending = true;
  async function sendAll(): Promise<void> {
    const sends: Promise<void>[] = [];
    while (sending) {
      sends.push(send(sends.length));
      await sleep(1_000 / sendsPerSecond);
    }
    await Promise.all(sends);
  }
  const sent = sendAll();

  return {
    ledger,
    connected,
    async stopSending() {
      sending = false;
      await sent;
    },
    async caughtUpBy(deadline) {
      while (ledger.missing().length > 0 && performance.now() < deadline) await sleep(50);
      return ledger.missing().length === 0;
    },
    async close() {
      sending = false;
      end.abort();
      await sent;
      await pulling;
      await Promise.all(connected.map((recipient) => recipient.close()));
    },
  };
}
