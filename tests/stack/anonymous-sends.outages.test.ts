import { newAccessKey } from "@dumbwaiter/client";
import { sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { sendAnonymously } from "@dumbwaiter/dev-env/traffic/anonymous-sender";
import { type ConnectedRecipient, connectRecipient } from "@dumbwaiter/dev-env/traffic/connected-recipient";
import { Ledger } from "@dumbwaiter/dev-env/traffic/ledger";
import { newEnvelope, until, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const MESSAGES = 10_000;
const RECIPIENTS = 20;
/** Sends under way, enough to keep the services busy. */
const AT_ONCE = 32;
/** Ends only what hangs. */
const PATIENCE_MS = 150_000;
const TIMEOUT_MS = 400_000;

let stack: Stack;
const recipients: ConnectedRecipient[] = [];

beforeAll(async () => {
  stack = await startStack({ ...(await sharedServers()), api: 2, realtime: 2, env: NO_LIMITS });
}, TIMEOUT_MS);
afterAll(async () => {
  await Promise.all(recipients.map((recipient) => recipient.close()));
  await stack?.stop();
}, TIMEOUT_MS);

it(
  `delivers each of ${MESSAGES.toLocaleString("en")} anonymous messages once, under the ID of its 202`,
  async () => {
    const ledger = new Ledger();
    const { api, realtime, issuer } = stack;
    const users = Array.from({ length: RECIPIENTS }, (_, index) => {
      const [http, node] = [api, realtime].map((each) => each[index % each.length]?.url as string);
      const endpoints = { api: http as string, realtime: node as string, issuer: issuer.url };
      return { user: new WireUser(uniqueName("user"), endpoints), accessKey: newAccessKey() };
    });
    await Promise.all(
      users.map(async ({ user, accessKey }) => {
        recipients.push(await connectRecipient(user, ledger));
        await user.httpClient().accessKey.set(accessKey);
      }),
    );

    const turns = Array.from({ length: MESSAGES }, (_, index) => index).values();
    async function sendInTurn(): Promise<void> {
      for (const turn of turns) {
        const { user, accessKey } = users[turn % RECIPIENTS] as (typeof users)[number];
        const envelope = newEnvelope(user);
        ledger.intends(envelope.encryptedData, user.name);
        const url = api[Math.floor(turn / RECIPIENTS) % api.length]?.url as string;
        const answer = await sendAnonymously(url, accessKey, envelope);
        expect(answer).toEqual({ status: 202, id: expect.any(String) });
        ledger.accepts(answer.id as string, envelope.encryptedData, performance.now());
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, sendInTurn));
    await until(
      () => ledger.missing().length,
      (missing) => missing === 0,
      PATIENCE_MS,
    );
    expect(ledger.report()).toMatchObject({
      ...{ sent: MESSAGES, delivered: MESSAGES },
      ...{ lost: 0, duplicates: 0, wrong: 0, refused: 0 },
    });
  },
  TIMEOUT_MS,
);
