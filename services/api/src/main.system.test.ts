import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort, type Server, sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { serviceEnvironment } from "@dumbwaiter/dev-env/stack/service-environment";
import { type ServiceProcess, startDevIssuer, startService } from "@dumbwaiter/dev-env/stack/service-process";
import { provisionPubSub } from "@dumbwaiter/gcp";
import { newEnvelope } from "@dumbwaiter/wire-user";
// Bare: refusals, answers at a shutdown, and a call that the SDK does not have.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../testing/expect-problem.ts";

describe("api's processes on Pub/Sub, Firestore and Redis", () => {
  let issuer: Server;
  let api: ServiceProcess;
  let withoutPubSub: ServiceProcess;
  let processor: ServiceProcess;

  beforeAll(async () => {
    const servers = await sharedServers();
    const projectId = uniqueName();
    await provisionPubSub({ projectId, emulatorHost: servers.pubsub.url });
    issuer = await startDevIssuer();
    const env = {
      ...serviceEnvironment(projectId, servers, issuer),
      ...NO_LIMITS,
    };
    const nobody = `127.0.0.1:${await freePort()}`;
    [api, withoutPubSub, processor] = await Promise.all([
      startService("api", 1, env),
      startService("api", 2, { ...env, PUBSUB_EMULATOR_HOST: nobody }),
      startService("processor", 1, env),
    ]);
  });
  afterAll(async () => {
    await Promise.all([api, withoutPubSub, processor, issuer].map((server) => server?.stop()));
  });

  function newUser({ url }: ServiceProcess): BareUser {
    return new BareUser(uniqueName("user"), { api: url, realtime: url, issuer: issuer.url });
  }

  it("carries a message from the send to the acknowledgement, and removes the user", async () => {
    const alice = newUser(api);
    const id = await alice.send(alice, { encryptedData: "AEBD" });
    await eventually(async () => {
      expect(await alice.pull()).toMatchObject({ messages: [{ id, envelope: { encryptedData: "AEBD" } }] });
    });
    await alice.ack([id]);
    expect(await alice.pull()).toEqual({ messages: [], hasMore: false });
    expect((await alice.call("DELETE", "/api/user")).status).toBe(204);
    const devices = await alice.call("GET", "/api/devices");
    expect(await devices.json()).toEqual({ devices: [] });
  });

  it("while Pub/Sub is unavailable, responds to a send with 503 and still serves pulls", async () => {
    const bob = newUser(withoutPubSub);
    const envelope = { recipientId: bob.urn, encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
    await expectProblem(await bob.call("POST", "/api/send", envelope), "unavailable");
    expect(await bob.pull()).toEqual({ messages: [], hasMore: false });
    expect((await fetch(`${withoutPubSub.adminUrl}/readyz`)).status).toBe(200);
  });

  it("on SIGTERM answers every send that has reached it, and loses none", async () => {
    const carol = newUser(api);
    const accepted: string[] = [];
    const failures: unknown[] = [];
    let stoppingSince = Number.POSITIVE_INFINITY;
    async function sendUntilRefused(): Promise<void> {
      // Each has one connection, opened before the stop: the kernel resets one that nobody has accepted by then.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        const sentAt = performance.now();
        try {
          accepted.push(await sendOver(agent, carol));
        } catch (error) {
          const isRefused =
            (error as NodeJS.ErrnoException).code === "ECONNREFUSED" && performance.now() > stoppingSince;
          // A client that a busy machine holds up finds its connection closed, idle for a second.
          if (!isRefused && sentAt < stoppingSince + 900) failures.push(error);
          agent.destroy();
          return;
        }
      }
    }
    const senders = Array.from({ length: 16 }, sendUntilRefused);
    // They are in the middle of it.
    await eventually(() => expect(accepted.length).toBeGreaterThan(2 * senders.length));
    stoppingSince = performance.now();
    await api.kill("SIGTERM");
    await Promise.all(senders);
    expect(failures).toEqual([]);
    expect(await api.log()).toContain('"clean":true');

    const reader = new BareUser(carol.name, { ...carol.endpoints, api: withoutPubSub.url });
    const delivered = new Set<string>();
    await eventually(async () => {
      const ids = (await reader.pull()).messages.map(({ id }) => id);
      await reader.ack(ids);
      for (const id of ids) delivered.add(id);
      expect(accepted.filter((id) => !delivered.has(id))).toEqual([]);
    });
  });
});

/** Sends a message of a user to itself. @returns its ID */
async function sendOver(agent: Agent, user: BareUser): Promise<string> {
  const sending = request(`${user.endpoints.api}/api/send`, {
    agent,
    method: "POST",
    headers: { Authorization: `Bearer ${await user.token()}`, "Content-Type": "application/json" },
  });
  sending.end(JSON.stringify(newEnvelope(user)));
  const [response] = (await once(sending, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(202);
  return ((await json(response)) as { id: string }).id;
}
