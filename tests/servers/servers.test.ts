import { existsSync, globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { startRedis } from "./redis.ts";
import { sharedRedis } from "./shared-servers.ts";

const alive = (pid: number) => existsSync(`/proc/${pid}`);

describe("servers for tests", () => {
  it("starts, kills, restarts on the same port and stops", async () => {
    const redis = await startRedis();
    const first = redis.pid;
    await redis.kill();
    expect(alive(first)).toBe(false);
    await redis.restart();
    expect(alive(redis.pid)).toBe(true);
    await redis.stop();
  });
  it("shares", async () => {
    const [a, b] = await Promise.all([sharedRedis(), sharedRedis()]);
    expect(a).toEqual(b);
    expect(globSync(join(tmpdir(), "dumbwaiter-redis-*")).length).toBeGreaterThan(0);
  });
});
