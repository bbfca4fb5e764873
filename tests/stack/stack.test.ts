import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "@jest/globals";
import { sharedFirestoreEmulator, sharedPubSubEmulator } from "../servers/index.ts";
import { until, WireUser } from "../wire/wire-user.ts";
import { startStack } from "./start-stack.ts";

const CLI = join(import.meta.dirname, "../../scripts/stack.ts");

interface StackLine {
  api: string[];
  realtime: string[];
  issuer: string;
  pids: Record<string, number>;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const shared = async () => ({
  pubsub: await sharedPubSubEmulator(),
  firestore: await sharedFirestoreEmulator(),
});

describe("npm run stack", () => {
  it("prints one line once all serve, reports a death, and ends all on SIGTERM", async () => {
    const cli = spawn(process.execPath, [CLI, "--realtime", "2", "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    let errors = "";
    createInterface(cli.stdout).on("line", (line) => lines.push(line));
    cli.stderr.on("data", (data) => {
      errors += data;
    });
    await until(
      () => lines.length,
      (count) => count > 0 || cli.exitCode !== null,
      60_000,
    );
    expect(errors).toBe("Starting…\n");
    const { api, realtime, issuer, pids } = JSON.parse(lines[0] as string) as StackLine;
    expect(Object.keys(pids).toSorted()).toEqual(
      [
        "api-1",
        "firestore",
        "issuer",
        "processor-1",
        "pubsub",
        "realtime-1",
        "realtime-2",
        "redis",
      ].toSorted(),
    );

    const at = { api: api[0] as string, realtime: realtime[1] as string, issuer };
    const [alice, bob] = [new WireUser("alice", at), new WireUser("bob", at)];
    const id = await alice.send(bob);
    await until(
      () => bob.pull(),
      ({ messages }) => messages.some((message) => message.id === id),
    );

    process.kill(pids["realtime-1"] as number, "SIGKILL");
    await until(
      () => errors,
      (text) => text.includes("realtime-1 ended by itself (SIGKILL)"),
    );
    const exited = once(cli, "exit");
    cli.kill("SIGTERM");
    expect(await exited).toEqual([1, null]); // not 0: a part has died
    expect(Object.values(pids).filter(isAlive)).toEqual([]);
    expect(lines).toHaveLength(1);
  });
});

describe("startStack", () => {
  it("restarts a killed service on its port", async () => {
    const stack = await startStack({ ...(await shared()), processor: 0, realtime: 0 });
    const [api] = stack.api;
    if (!api) throw new Error("no api");
    const { url, pid } = api;
    await api.kill();
    await expect(fetch(`${url}/openapi.json`)).rejects.toThrow();
    await api.restart();
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    expect(api.pid).not.toBe(pid);
    await stack.stop();
  });

  it("ends everything when one start fails, and says why", async () => {
    const started: number[] = [];
    const starting = startStack({
      ...(await shared()),
      env: { MAX_UNACKED: "many" }, // which realtime alone reads
      onStart: ({ pid }) => started.push(pid),
    });
    await expect(starting).rejects.toThrow(/realtime-1 did not start: it ended\n.*MAX_UNACKED/s);
    expect(started.length).toBeGreaterThan(2);
    expect(started.filter(isAlive)).toEqual([]);
  });
});
