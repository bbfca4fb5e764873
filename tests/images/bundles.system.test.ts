import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundlePrograms, IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { asImage, isConfinable } from "@dumbwaiter/dev-env/images/as-image";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import type { ServiceProcess } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import type { Endpoints } from "@dumbwaiter/wire-user";
import { tellDelivery, tellKill } from "@dumbwaiter/wire-user/story";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const TIMEOUT_MS = 180_000;

describe("bundles, run as their images run them", () => {
  let folder: string;
  let stack: Stack;
  let endpoints: Endpoints;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dumbwaiter-bundles-"));
    await bundlePrograms(IMAGE_PROGRAMS, folder);
    stack = await startStack({ ...(await sharedServers()), launcher: asImage(folder) });
    const [api, realtime] = [stack.api[0] as ServiceProcess, stack.realtime[0] as ServiceProcess];
    endpoints = { api: api.url, realtime: realtime.url, issuer: stack.issuer.url };
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  it(
    "deliver a message by a pull, one live, and one through a kill",
    async () => {
      const told: string[] = [];
      const processor = stack.processor[0] as ServiceProcess;
      await tellDelivery(endpoints, (line) => told.push(line));
      await tellKill(
        endpoints,
        (line) => told.push(line),
        async () => {
          await processor.kill();
          await processor.restart();
          return "killed";
        },
      );
      expect(told.filter((line) => line.includes("message.ack()"))).toHaveLength(2);
    },
    TIMEOUT_MS,
  );

  it("contain the assets that cannot be bundled", async () => {
    for (const path of [
      "/docs",
      "/docs/swagger-ui-bundle.js",
      "/docs/swagger-ui.css",
      "/docs/favicon-32x32.png",
    ]) {
      expect((await fetch(endpoints.api + path)).status).toBe(200);
    }
  });

  it("run without capabilities and without anything writable", () => {
    if (!isConfinable) return;
    for (const { pid } of stack.processes.values()) {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
      expect(status).toMatch(/^Groups:\s*$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
        expect(status).toMatch(new RegExp(`^Cap${set}:\\t0{16}$`, "m"));
      }
      expect(readlinkSync(`/proc/${pid}/cwd`)).toMatch(/\/app$/);
      const mounts = readFileSync(`/proc/${pid}/mounts`, "utf8").trim().split("\n");
      const writable = mounts
        .filter((line) => / rw[ ,]/.test(line))
        .map((line) => line.split(" ")[1] as string);
      expect(writable.filter((path) => !/^\/(dev|proc)(\/|$)/.test(path))).toEqual([]);
    }
  });

  it("list their packages, and contain those packages' notices", async () => {
    const api = join(folder, "api");
    const bom = JSON.parse(await readFile(join(api, "sbom.cdx.json"), "utf8"));
    const names = bom.components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["express", "@google-cloud/pubsub", "ioredis", "swagger-ui-dist"]),
    );
    expect(names).not.toContain("socket.io");
    const notices = await readFile(join(api, "third-party-notices.txt"), "utf8");
    for (const { name, version } of bom.components) expect(notices).toContain(`${name} ${version} (`);
    expect(existsSync(join(api, "main.js.map"))).toBe(true);
  });
});
