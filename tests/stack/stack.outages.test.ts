import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { sharedFirestoreEmulator, sharedPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import { startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { until, WireUser } from "@dumbwaiter/wire-user";
import { describe, expect, it } from "@jest/globals";

/** A JVM starts slowly on a busy machine. */
const STARTED_WITHIN_MS = 150_000;
const TIMEOUT_MS = 240_000;

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

/** `npm run stack` as people run it: the signal goes to npm. */
async function runStack(...args: string[]) {
  const npm = spawn("npm", ["run", "--silent", "stack", "--", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface(npm.stdout).on("line", (line) => lines.push(line));
  npm.stderr.on("data", (data) => errors.push(String(data)));
  await until(
    () => lines.length,
    (count) => count > 0 || npm.exitCode !== null,
    STARTED_WITHIN_MS,
  ).catch((error) => {
    npm.kill();
    throw error;
  });
  expect(errors.join("")).toBe("Starting…\n");
  return { npm, lines, errors: () => errors.join(""), stack: JSON.parse(lines[0] as string) as StackLine };
}

describe("npm run stack", () => {
  it(
    "prints one line once all are ready, reports a death, and stops all on SIGTERM",
    async () => {
      const { npm, lines, errors, stack } = await runStack("--realtime", "2");
      expect(Object.keys(stack).toSorted()).toEqual(
        ["api", "realtime", "issuer", "redis", "pubsub", "firestore", "pids"].toSorted(),
      );
      const { api, realtime, issuer, pids } = stack;
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
      await until(errors, (text) => text.includes("realtime-1 ended by itself (SIGKILL)"));
      const exited = once(npm, "exit");
      npm.kill("SIGTERM");
      expect(await exited).toEqual([1, null]); // not 0, because a process died
      expect(Object.values(pids).filter(isAlive)).toEqual([]);
      expect(lines).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    "leaves nothing running when npm is killed",
    async () => {
      const { npm, stack } = await runStack("--api", "1", "--processor", "0", "--realtime", "0");
      npm.kill("SIGKILL");
      await until(
        () => Object.values(stack.pids).filter(isAlive),
        (alive) => alive.length === 0,
      );
    },
    TIMEOUT_MS,
  );
});

describe("startStack", () => {
  it(
    "restarts a killed service on its port",
    async () => {
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
    },
    TIMEOUT_MS,
  );

  it(
    "stops everything when one start fails, and says why",
    async () => {
      const started: number[] = [];
      const starting = startStack({
        ...(await shared()),
        env: { MAX_UNACKED: "many" }, // read only by realtime
        onStart: ({ pid }) => started.push(pid),
      });
      await expect(starting).rejects.toThrow(/realtime-1 did not start: it ended\n.*MAX_UNACKED/s);
      expect(started.length).toBeGreaterThan(2);
      expect(started.filter(isAlive)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
