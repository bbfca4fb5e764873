import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readdirSync } from "node:fs";
import { mkdtemp, readdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { freePort } from "./free-port.ts";
import { ManagedProcess } from "./managed-process.ts";
import { startRedis, withRedis } from "./redis.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import {
  sharedFirestoreEmulator,
  sharedPubSubEmulator,
  sharedRedis,
  sharedRedisCluster,
} from "./shared-servers.ts";

const ping = (port: number) => withRedis(port, (redis) => redis.ping());

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a server for tests", () => {
  it("restarts on its port after a kill, and leaves nothing behind once stopped", async () => {
    const redis = await startRedis();
    const { pid, port } = redis;
    expect(await ping(port)).toBe("PONG");

    await redis.kill();
    await expect(ping(port)).rejects.toThrow();
    expect(() => redis.pid).toThrow("redis is not running");

    await redis.restart();
    expect(await ping(port)).toBe("PONG");
    expect(redis.pid).not.toBe(pid);

    const last = redis.pid;
    await redis.stop();
    await redis.stop();
    expect([isAlive(pid), isAlive(last)]).toEqual([false, false]);
  });

  it("ends with the process that started it, even after a SIGKILL, and so does its folder", async () => {
    const script = `
      const { startRedis } = await import(${JSON.stringify(join(import.meta.dirname, "redis.ts"))});
      const redis = [await startRedis(), await startRedis()];
      const pids = redis.map(({ pid }) => pid);
      await redis[1].kill();
      process.stdout.write(JSON.stringify({ pids }));
      setInterval(() => {}, 1000);`;
    const temporary = await mkdtemp(join(tmpdir(), "dumbwaiter-orphans-"));
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: temporary },
    });
    const [output] = await once(parent.stdout, "data");
    const { pids } = JSON.parse(String(output));
    expect(pids.map(isAlive)).toEqual([true, false]);
    expect(await readdir(temporary)).toHaveLength(2);

    parent.kill("SIGKILL");
    await until(() => !pids.some(isAlive) && readdirSync(temporary).length === 0);
    await rmdir(temporary);
  });

  it("fails to start with the end of its log, and removes its folder", async () => {
    const name = `failing-${await freePort()}`;
    const starting = ManagedProcess.start({
      name,
      command: process.execPath,
      args: () => ["-e", "console.error('no such luck'); process.exit(3)"],
      probe: () => Promise.reject(new Error("never ready")),
    });
    await expect(starting).rejects.toThrow(/did not start: it ended[\s\S]*no such luck/);
    expect(globSync(join(tmpdir(), `dumbwaiter-${name}-*`))).toEqual([]);
  });

  it("fails if the command does not exist", async () => {
    const starting = ManagedProcess.start({
      name: "absent",
      command: "/does/not/exist",
      args: () => [],
      probe: async () => {},
    });
    await expect(starting).rejects.toThrow("absent did not start: spawn /does/not/exist ENOENT");
  });

  it("reports an unexpected death, and no other", async () => {
    const reports: string[] = [];
    const child = await ManagedProcess.start({
      name: "mortal",
      command: process.execPath,
      args: () => ["-e", "setInterval(() => {}, 1000)"],
      probe: async () => {},
      onDeath: (report) => reports.push(report),
    });
    await child.kill();
    await child.restart();
    expect(reports).toEqual([]);
    process.kill(child.pid, "SIGKILL");
    await until(() => reports.length > 0);
    expect(reports).toEqual(["mortal ended by itself (SIGKILL)"]);
    await child.stop();
  });
});

describe("a Redis Cluster for tests", () => {
  it("recovers after a node is killed and restarted", async () => {
    const cluster = await startRedisCluster();
    const [, node] = cluster.nodes;
    await node?.kill();
    await node?.restart();
    await cluster.untilReady();
    await cluster.stop();
  });
});

describe("the servers that test files share", () => {
  it("are started once", async () => {
    const [one, same] = await Promise.all([sharedRedis(), sharedRedis()]);
    expect(one).toEqual(same);
    expect(await ping(one.port)).toBe("PONG");
  });

  it("are all available", async () => {
    const [cluster, pubsub, firestore] = await Promise.all([
      sharedRedisCluster(),
      sharedPubSubEmulator(),
      sharedFirestoreEmulator(),
    ]);
    expect(await Promise.all(cluster.nodes.map(({ port }) => ping(port)))).toEqual(["PONG", "PONG", "PONG"]);
    expect((await fetch(`http://${pubsub.url}`)).status).toBe(200);
    expect((await fetch(`http://${firestore.url}`)).status).toBe(200);
  });
});
