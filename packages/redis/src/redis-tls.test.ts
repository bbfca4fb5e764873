import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { freePort, type Server } from "../../../tests/servers/index.ts";
import { startRedisServer } from "../../../tests/servers/redis.ts";
import { device, startRealtimeNode } from "../test-support/realtime-node.ts";
import { sampleDelivery } from "../test-support/sample-delivery.ts";
import { connectRedis } from "./connect-redis.ts";

const run = promisify(execFile);
const alice = device("alice");
let folder: string;
let server: Server;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-redis-tls-"));
  await makeCertificates(folder);
  const tlsPort = await freePort();
  address = `127.0.0.1:${tlsPort}`;
  server = await startRedisServer("redis-tls", await freePort(), [
    ...[
      "--tls-port",
      String(tlsPort),
      "--tls-auth-clients",
      "no",
      "--tls-ca-cert-file",
      join(folder, "ca.pem"),
    ],
    ...["--tls-cert-file", join(folder, "server.pem"), "--tls-key-file", join(folder, "server.key")],
    ...["--user", "dumbwaiter", "on", ">p@ss/word", "~*", "&*", "+@all"],
  ]);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

it("delivers over TLS with a certificate of one's own authority, user and password", async () => {
  const settings = {
    url: `rediss://dumbwaiter:p%40ss%2Fword@${address}`,
    caFile: join(folder, "ca.pem"),
  };
  const node = await startRealtimeNode(settings);
  await node.join(alice);
  expect(await node.redis.deliveryBus.deliver([sampleDelivery(alice)])).toEqual([1]);
  await node.close();
});

it("trusts no certificate of an authority that it does not know", async () => {
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

async function makeCertificates(cwd: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  await run("openssl", [...["req", "-x509", "-subj", "/CN=test authority"], ...key, ...files("ca")], { cwd });
  await run(
    "openssl",
    [
      ...["req", "-x509", "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-CA", "ca.pem", "-CAkey", "ca.key", ...key, ...files("server")],
    ],
    { cwd },
  );
}

function files(name: string): string[] {
  return ["-keyout", `${name}.key`, "-out", `${name}.pem`];
}
