import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts";
import { LOOPBACK, type RedisCluster, startRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { makeCertificates } from "@dumbwaiter/dev-env/servers/certificates";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { devices, startRealtimeNode } from "../testing/realtime-node.ts";
import { sampleDelivery } from "../testing/sample-delivery.ts";
import { connectRedis } from "./connect-redis.ts";

/** Such as Memorystore for Redis Cluster: TLS, and the user `default`, whose password is a token. */
let cluster: RedisCluster;
let folder: string;
let token = "first";
let asked = 0;

const admins = new Map<number, Redis>();
const accessToken = async () => {
  asked += 1;
  return token;
};
const settings = () => ({
  ...{ url: cluster.url, caFile: join(folder, "ca.pem"), keyPrefix: `${uniqueName()}:` },
  ...{ accessToken, checkIntervalMs: 500 },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-redis-iam-"));
  await makeCertificates(folder, {
    node: ["-subj", "/CN=redis", "-addext", `subjectAltName=IP:${LOOPBACK}`],
  });
  const path = (name: string) => join(folder, name);
  cluster = await startRedisCluster(
    { ca: path("ca.pem"), certificate: path("node.pem"), key: path("node.key") },
    ["--user", "admin", "on", ">admin", "~*", "&*", "+@all"],
  );
  await accept("first");
});
afterAll(async () => {
  for (const admin of admins.values()) admin.disconnect();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

/** Calls every node with rights that no token gives. */
async function asAdmin(...command: [string, ...string[]]): Promise<unknown[]> {
  return await Promise.all(
    cluster.nodes.map(({ port }) => {
      const admin = admins.get(port) ?? new Redis(port, LOOPBACK, { username: "admin", password: "admin" });
      admins.set(port, admin);
      return admin.call(...command);
    }),
  );
}

/** From now on new connections need one of these tokens. */
async function accept(...tokens: string[]): Promise<void> {
  const passwords = tokens.map((each) => `>${each}`);
  await asAdmin("ACL", "SETUSER", "default", "resetpass", ...passwords);
}

async function refusedSignIns(): Promise<number> {
  const entries = (await asAdmin("ACL", "LOG", "128")).flat() as unknown[][];
  return entries.filter((entry) => entry.includes("auth")).length;
}

it("signs in with the token of the time, for every connection that opens", async () => {
  const shared = settings();
  const [node, processor] = [await startRealtimeNode(shared), await connectRedis(shared)];
  try {
    const all = devices(60);
    const deliverToAll = () => processor.deliveryBus.deliver(all.map(sampleDelivery));
    await node.join(...all);
    expect(await deliverToAll()).toEqual(all.map(() => 1));
    await asAdmin("ACL", "LOG", "RESET");

    // The source gives a new token minutes before the old one ends.
    await accept("first", "second");
    token = "second";
    const before = asked;
    await eventually(() => expect(asked).toBeGreaterThan(before + 4));
    await accept("second");
    expect(await deliverToAll()).toEqual(all.map(() => 1));

    for (const type of ["normal", "pubsub"]) await asAdmin("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
    await eventually(async () => expect(await deliverToAll()).toEqual(all.map(() => 1)));
    await eventually(() => expect([node.redis.state, processor.state]).toEqual([{ up: true }, { up: true }]));
    // Clients of a cluster read its slots every 10 s, on a connection of its own.
    await sleep(11_000);
    expect(await refusedSignIns()).toBe(0);
  } finally {
    processor.close();
    await node.close();
  }
});

it("starts without a token, says why, and signs in once there is one", async () => {
  let failure: Error | undefined = new Error("No credentials for Google Cloud");
  const redis = await connectRedis({
    ...settings(),
    async accessToken() {
      if (failure) throw failure;
      return token;
    },
  });
  try {
    expect(redis.state).toEqual({ up: false, cause: failure });
    failure = undefined;
    await eventually(() => expect(redis.state).toEqual({ up: true }));
  } finally {
    redis.close();
  }
});

it("sends no token without TLS", async () => {
  const plain = { ...settings(), url: `redis://${LOOPBACK}:${cluster.nodes[0]?.port},` };
  await expect(connectRedis(plain)).rejects.toThrow("An access token must not be sent to Redis without TLS");
});
