import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { SOME_FAULTS } from "@dumbwaiter/dev-env/google/google-faults";
// Bare: each event and answer counts here, the window, and why connections close.
import { type ClientOptions, connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type RoundRobin, startRoundRobin } from "@dumbwaiter/dev-env/stack/round-robin";
import type { ServiceProcess } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { type TopicTap, tapTopic } from "@dumbwaiter/dev-env/stack/topic-tap";
import {
  type JwksServer,
  makeKey,
  type SigningKey,
  startJwksServer,
} from "@dumbwaiter/service/testing/test-issuer";
import { newEnvelope, WireUser, type WireUserOptions } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { acceptSubjects, SubjectUser } from "./subject-user.ts";

const WINDOW = 8;
const CROWD = 20;

describe.each(["emulators", "stand-in"] as const)(
  "two realtime nodes and the other services, each a process of its own, on Google's %s",
  (google) => {
    let stack: Stack;
    let pushes: TopicTap;
    let balancer: RoundRobin;
    let key: SigningKey;
    let jwks: JwksServer;
    const clients: TestClient[] = [];

    beforeAll(async () => {
      key = await makeKey("subjects");
      jwks = await startJwksServer(key);
      stack = await startStack({
        ...(await sharedServers()),
        ...{ realtime: 2, google, googleFaults: SOME_FAULTS },
        env: { ...NO_LIMITS, MAX_UNACKED: String(WINDOW), ...acceptSubjects(jwks.url) },
      });
      pushes = await tapTopic(stack, "dumbwaiter-push");
      balancer = await startRoundRobin(() => stack.realtime);
    });
    afterAll(async () => {
      for (const { socket } of clients) socket.disconnect();
      await balancer?.close();
      await stack?.stop();
      await jwks?.close();
    });

    const node = (index: number) => (stack.realtime[index] as ServiceProcess).url;
    const endpoints = (realtime = node(0)) => ({
      ...{ api: stack.api[0]?.url as string, realtime, issuer: stack.issuer.url },
    });
    const newUser = (name: string, realtime = node(0), options: WireUserOptions = {}) =>
      new WireUser(uniqueName(name), endpoints(realtime), options);

    /** Resolves once the client has its backlog. */
    async function connect(user: WireUser, url: string, options: ClientOptions = {}): Promise<TestClient> {
      const client = await connectClient(url, { token: await user.token() }, options);
      clients.push(client);
      await eventually(() => expect(client.emptied()).toBeGreaterThan(0));
      return client;
    }

    it("deliver a message from a socket on one to each device of the recipient, and request a push for the offline one", async () => {
      const [alice, bob] = [newUser("alice"), newUser("bob")];
      const [phone, tablet, watch] = [bob.device("phone"), bob.device("tablet"), bob.device("watch")];
      const push = { platform: "ios", token: "apns-token" } as const;
      await watch.httpClient().devices.register("watch", { push });
      const sender = await connect(alice, node(0));
      const onPhone = await connect(phone, node(1));
      const onTablet = await connect(tablet, node(0));

      const envelope = { ...newEnvelope(bob), priority: 5 };
      const { ok, id } = (await sender.request("send", envelope)) as { ok: boolean; id: string };
      expect(ok).toBe(true);
      for (const client of [onPhone, onTablet]) {
        await eventually(() => expect(client.messages).toEqual([{ id, envelope }]));
      }
      const wanted = {
        user: bob.name,
        devices: [{ id: "watch", ...push }],
        messageId: id,
        priority: 5,
      };
      await eventually(async () => expect(await pushes.received()).toEqual([wanted]));

      // Each device has its own copy, which no other device's ack deletes.
      expect(await onPhone.ack([id])).toEqual({ ok: true });
      expect(await phone.pull()).toEqual({ messages: [], hasMore: false });
      expect(await onTablet.request("pull")).toEqual({
        ok: true,
        messages: [{ id, envelope }],
        hasMore: false,
      });
      expect(await onTablet.ack([id])).toEqual({ ok: true });
      expect(await tablet.pull()).toEqual({ messages: [], hasMore: false });
      expect(await watch.pull()).toEqual({ messages: [{ id, envelope }], hasMore: false });
      await watch.ack([id]);
      expect(await watch.pull()).toEqual({ messages: [], hasMore: false });
    });

    it.each([
      ["auth0|7", "auth0%7C7"],
      ["f:2f1c{}:jürgen", "f%3A2f1c%7B%7D%3Aj%C3%BCrgen"],
      ["spiffe://acme.example/ns/shop/sa/orders", "spiffe%3A%2F%2Facme.example%2Fns%2Fshop%2Fsa%2Forders"],
    ])("carry messages to and from the subject %s, which is the user %s", async (subject, id) => {
      const unique = uniqueName("");
      const bob = new SubjectUser(subject + unique, endpoints(), key);
      const [phone, tablet] = [bob.device("phone"), bob.device("tablet")];
      const recipientId = `urn:sm:user:${id}${unique}`;
      // Its spelling is the subject of somebody else.
      const other = new SubjectUser(id + unique, endpoints(), key);
      for (const each of [phone, tablet, other]) expect(await each.pull()).toMatchObject({ messages: [] });

      const alice = newUser("alice");
      const send = (from: WireUser) => from.httpClient().send({ ...newEnvelope(alice), recipientId });
      const queued = await send(alice);
      const pulled = async (user: WireUser) => (await user.pull()).messages.map((message) => message.id);
      await eventually(async () => expect(await pulled(phone)).toEqual([queued.id]));
      const onPhone = await connect(phone, node(1));
      // The hand-over to nodes may be later than the pull and this connection: then it comes twice.
      const received = () => [...new Set(onPhone.ids())];
      await eventually(() => expect(received()).toEqual([queued.id]));
      const live = await send(phone);
      await eventually(() => expect(received()).toEqual([queued.id, live.id]));
      for (const { envelope } of onPhone.messages) expect(envelope.recipientId).toBe(recipientId);

      // The other device has copies of its own, also by a token that has the URN in place of the subject.
      expect(await onPhone.ack([queued.id, live.id])).toEqual({ ok: true });
      expect(await phone.pull()).toEqual({ messages: [], hasMore: false });
      const byUrn = new WireUser(bob.name, endpoints(), { deviceId: "tablet" });
      for (const each of [tablet, byUrn]) {
        expect(await pulled(each)).toEqual([queued.id, live.id]);
      }
      await tablet.ack([queued.id, live.id]);
      expect(await byUrn.pull()).toEqual({ messages: [], hasMore: false });
      expect(await other.pull()).toEqual({ messages: [], hasMore: false });
    });

    it("share a device's acks: an ack on one node frees the window on the other", async () => {
      const bob = newUser("bob");
      const [here, there] = [await connect(bob, node(0)), await connect(bob, node(1))];
      const ids: string[] = [];
      for (let count = 0; count < WINDOW + 4; count += 1) ids.push(await bob.send(bob));
      const everywhere = async (count: number) => {
        for (const client of [here, there]) {
          await eventually(() => expect(new Set(client.ids()).size).toBe(count));
        }
      };
      await everywhere(WINDOW);
      expect(await here.ack(here.ids())).toEqual({ ok: true });
      await everywhere(WINDOW + 4);
      expect(new Set(there.ids())).toEqual(new Set(ids));
    });

    it("close the socket of a device that is removed over HTTP, and the client stays away", async () => {
      const bob = newUser("bob");
      const stolen = await connect(bob.device("stolen"), node(1), { reconnection: true });
      const ended = new Promise((resolve) => stolen.socket.once("disconnect", resolve));
      await bob.device("new").httpClient().devices.remove("stolen");
      expect(await ended).toBe("io server disconnect"); // a stock client does not reconnect after this
      expect(stolen.closings()).toEqual([{ code: "device_removed", retryable: false }]);
      expect(stolen.socket.active).toBe(false);
    });

    it("lose nothing while one of them stops under load and its clients reconnect to the other", async () => {
      const users = Array.from({ length: CROWD }, () => newUser("crowd"));
      const crowd: TestClient[] = [];
      for (const user of users) {
        crowd.push(await connect(user, balancer.url, { acking: true, reconnection: true }));
      }
      const accepted: { to: number; id: string }[] = [];
      let sending = true;
      const senders = Array.from({ length: 4 }, async (_, first) => {
        for (let to = first; sending; to = (to + 4) % CROWD) {
          accepted.push({ to, id: await (users[to] as WireUser).send(users[to] as WireUser) });
        }
      });
      await eventually(() => expect(crowd.every(({ messages }) => messages.length > 0)).toBe(true));

      await (stack.realtime[0] as ServiceProcess).kill("SIGTERM");
      expect(await (stack.realtime[0] as ServiceProcess).log()).toContain('"clean":true');
      const drained = crowd.filter((client) => client.closings().length > 0);
      expect(drained).toHaveLength(CROWD / 2);
      for (const client of drained) {
        expect(client.closings()).toEqual([{ code: "drain", retryable: true, afterMs: 0 }]);
        await eventually(() => expect(client.emptied()).toBeGreaterThan(1));
      }
      sending = false;
      await Promise.all(senders);
      const missing = () =>
        accepted.filter(({ to, id }) => !crowd[to]?.messages.some((message) => message.id === id));
      await eventually(() => expect(missing()).toEqual([]));
    });
  },
);
