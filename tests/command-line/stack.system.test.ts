import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import type { ServiceProcess } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { CommandError, runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

/** A dozen processes that load Google's clients, perhaps on a busy machine. */
const TIMEOUT_MS = 400_000;

const ENTRY = join(import.meta.dirname, "../../packages/cli/src/main.ts");

describe("The command line and the services, with Google's stores over TLS", () => {
  let stack: Stack;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    stack = await startStack({ ...(await sharedServers()), google: "stand-in" });
    const { api, realtime, issuer } = stack;
    env = {
      ...stack.env,
      DUMBWAITER_URL: api[0]?.url as string,
      DUMBWAITER_REALTIME_URL: realtime[0]?.url as string,
      DUMBWAITER_TOKEN_COMMAND: `'${process.execPath}' '${ENTRY}' token bob --url ${issuer.url}`,
    };
  });
  afterAll(() => stack?.stop());

  async function run(...args: string[]) {
    const { stdout } = await runCommand(process.execPath, [ENTRY, ...args, "--json"], { env });
    return JSON.parse(stdout);
  }

  /** With the exit code 5 as well. */
  async function where(id: string) {
    try {
      return await run("where", "bob", id, "--no-dead-letters");
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== 5) throw error;
      return JSON.parse(error.result.stdout);
    }
  }

  it(
    "find a message while no processor runs, in its queue, and after it was received live",
    async () => {
      await run("devices", "register", "phone");
      const processor = stack.processor[0] as ServiceProcess;
      await processor.kill();
      const { id } = await run("send", "--to", "bob", "--data", "AEBD", "--key", "BCDE");
      expect(await where(id)).toMatchObject({
        state: "gone",
        ingress: "unknown",
        queues: [{ device: "phone", storedAt: null }],
      });
      await processor.restart();
      await eventually(async () => {
        expect(await where(id)).toMatchObject({
          state: "queued",
          queues: [{ device: "phone", storedAt: expect.any(String) }],
        });
      });
      expect(await run("listen", "--count", "1", "--device", "phone")).toMatchObject({ id });
      expect(await where(id)).toMatchObject({ state: "gone", queues: [{ device: "phone", storedAt: null }] });
    },
    TIMEOUT_MS,
  );
});
