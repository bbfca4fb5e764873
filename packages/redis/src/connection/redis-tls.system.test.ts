import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort, type Server } from "@dumbwaiter/dev-env/servers";
import { makeCertificates } from "@dumbwaiter/dev-env/servers/certificates";
import { startRedisServer } from "@dumbwaiter/dev-env/servers/redis";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { device, startRealtimeNode } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { connectRedis } from "../connect-redis.ts";

/** An alert in plain text, which TLS 1.3 does not allow after the handshake. */
const BROKEN_RECORD = Buffer.from([0x15, 3, 3, 0, 2, 2, 50]);

const alice = device("alice");
let folder: string;
let server: Server;
let address: string;

const CERTIFICATES = {
  server: ["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"],
  "named-only": ["-subj", "/CN=127.0.0.1"],
  elsewhere: ["-subj", "/CN=127.0.0.2"],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-redis-tls-"));
  await makeCertificates(folder, CERTIFICATES);
  [server, address] = await startTlsServer("server");
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

it("delivers over TLS with a private certificate authority, user and password", async () => {
  const settings = {
    url: `rediss://dumbwaiter:p%40ss%2Fword@${address}`,
    caFile: join(folder, "ca.pem"),
  };
  const node = await startRealtimeNode(settings);
  await node.join(alice);
  expect(await node.redis.deliveryBus.deliver([sampleDelivery(alice)])).toEqual([1]);
  await node.close();
});

it("trusts no certificate of an unknown authority", async () => {
  const redis = await connectRedis({ url: `rediss://${address}` });
  expect(redis.state.cause?.message).toMatch(/certificate/);
  await expect(redis.deliveryBus.deliver([sampleDelivery(alice)])).rejects.toMatchObject({
    code: "unavailable",
    cause: { message: expect.stringContaining("certificate") },
  });
  redis.close();
});

it("says when the certificates cannot be read", async () => {
  const settings = { url: `rediss://${address}`, caFile: join(folder, "missing.pem") };
  await expect(connectRedis(settings)).rejects.toMatchObject({ code: "ENOENT" });
});

it.each([
  ["accepts a certificate that bears its address as its common name alone", "named-only", undefined],
  ["refuses a certificate of another address", "elsewhere", /127\.0\.0\.1 is not in the cert's list/],
] as const)("%s", async (_, certificate, refusal) => {
  const [other, url] = await startTlsServer(certificate);
  const settings = { url: `rediss://dumbwaiter:p%40ss%2Fword@${url}`, caFile: join(folder, "ca.pem") };
  const redis = await connectRedis(settings);
  expect(redis.state.up).toBe(refusal === undefined);
  if (refusal) expect(redis.state.cause?.message).toMatch(refusal);
  redis.close();
  await other.stop();
});

it.each([
  ["of Redis", (host: string) => `rediss://${host}`, /certificate/],
  ["of a Sentinel", (host: string) => `rediss+sentinel://${host}/main`, /./],
])("survives a broken record after a certificate %s that it refuses", async (_, urlOf, cause) => {
  const broken = await startBreakingProxy(address);
  const redis = await connectRedis({ url: urlOf(`127.0.0.1:${broken.port}`) });
  await eventually(() => expect(broken.answers()).toBeGreaterThan(1));
  expect(redis.state.cause?.message).toMatch(cause);
  redis.close();
  await broken.stop();
});

/** A proxy that adds a broken record to what the server answers at first, in one write. */
async function startBreakingProxy(to: string) {
  const [host, port] = to.split(":") as [string, string];
  let answers = 0;
  const proxy = createServer((client) => {
    const upstream = createConnection(Number(port), host);
    const answer: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    upstream.on("data", (part) => {
      answer.push(part);
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        client.write(Buffer.concat([...answer, BROKEN_RECORD]));
        answers += 1;
      }, 50);
    });
    client.on("error", () => {}).on("close", () => upstream.destroy());
    upstream.on("error", () => {}).on("close", () => client.destroy());
    client.pipe(upstream);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    answers: () => answers,
    stop: () => new Promise((resolve) => proxy.close(resolve)),
  };
}

async function startTlsServer(certificate: keyof typeof CERTIFICATES): Promise<[Server, string]> {
  const tlsPort = await freePort();
  const started = await startRedisServer(`redis-tls-${certificate}`, await freePort(), [
    ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
    ...["--tls-ca-cert-file", join(folder, "ca.pem")],
    ...["--tls-cert-file", join(folder, `${certificate}.pem`)],
    ...["--tls-key-file", join(folder, `${certificate}.key`)],
    ...["--user", "dumbwaiter", "on", ">p@ss/word", "~*", "&*", "+@all"],
  ]);
  return [started, `127.0.0.1:${tlsPort}`];
}
