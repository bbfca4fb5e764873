import { randomBytes } from "node:crypto";
import { DumbwaiterError, type NetworkPrefix } from "@dumbwaiter/core";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, afterEach, beforeAll, expect, it, jest } from "@jest/globals";
import { data, envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";
import type { RealtimeContext } from "../context.ts";
import { AnonymousPaces } from "../node/anonymous-paces.ts";
import type { AnonymousSession } from "../session/anonymous-session.ts";
import { createAnonymousHandlers } from "./anonymous-handlers.ts";

const LARGE = { encryptedData: data(250_000) };

let fixture: RealtimeFixture;

beforeAll(async () => {
  fixture = await openRealtimeFixture({ trustProxy: 1 });
});
afterAll(() => fixture.close());
afterEach(() => void jest.restoreAllMocks());

it("holds up nobody with the sends of other networks that are refused", async () => {
  const anonymousPaces = new AnonymousPaces();
  const { send } = createAnonymousHandlers({
    anonymousPaces,
    sendMessage: async () => {
      throw new DumbwaiterError("access_key_refused", "test");
    },
  } as unknown as RealtimeContext);
  const options = { accessKey: randomBytes(32).toString("base64") };
  // All together are 50 MB. Who had to wait for any of them would wait for ever.
  jest.spyOn(performance, "now").mockReturnValue(performance.now());
  await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const network = `203.0.${number}.0/24` as NetworkPrefix;
      const session = { network, connection: { isOpen: true } } as AnonymousSession;
      const sending = send(session, [envelopeFor("bob", LARGE), options], {});
      await expect(sending).rejects.toMatchObject({ code: "access_key_refused" });
    }),
  );
  await anonymousPaces.all.take(1);
});

it("accepts 4 MiB a second of all networks together, after 4 MiB at once", async () => {
  const bob = freshUser();
  const accessKey = await fixture.setAccessKey(bob);
  const clients = await Promise.all(
    Array.from({ length: 9 }, (_, number) =>
      fixture.connectAnonymously({ extraHeaders: { "x-forwarded-for": `203.0.${number}.1` } }),
    ),
  );
  const startedAt = performance.now();
  // No network has sent 1 MiB before its last.
  const sends = clients.flatMap((client) =>
    Array.from({ length: 4 }, () => client.request("send", envelopeFor(bob, LARGE), { accessKey })),
  );
  for (const answer of await Promise.all(sends)) expect(answer).toMatchObject({ ok: true });
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});
