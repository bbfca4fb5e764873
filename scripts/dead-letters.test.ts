import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { openPubSub, type PubSub } from "@dumbwaiter/gcp";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const run = promisify(execFile);

describe("npm run provision, npm run dead-letters", () => {
  const projectId = uniqueName();
  let env: Record<string, string | undefined>;
  let pubsub: PubSub;

  const script = async (name: string, ...args: string[]) => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, name), ...args], { env });
    return stdout.trimEnd().split("\n");
  };

  beforeAll(async () => {
    const { url } = await sharedPubSubEmulator();
    env = { ...process.env, GOOGLE_CLOUD_PROJECT: projectId, PUBSUB_EMULATOR_HOST: url };
    expect(await script("provision.ts")).toContain(`projects/${projectId}/topics/dumbwaiter-ingress`);
    pubsub = openPubSub({ projectId, emulatorHost: url });
  });
  afterAll(() => pubsub.close());

  const put = (name: string, attributes: Record<string, string>) =>
    pubsub.deadLetters.put({
      record: { data: Buffer.from(`secret of ${name}`), attributes },
      code: "invalid_attributes",
      reason: `${name} is wrong`,
    });

  it("lists letters without their payload, and replays chosen ones and all", async () => {
    await put("first", { id: "id-1", v: "2" });
    await put("second", { id: "id-2\u001b[2J", note: "é" });
    await put("third", {});
    const lines = await script("dead-letters.ts", "list");
    expect(lines).toHaveLength(3);
    expect(lines.join("\n")).toMatch(/20\d\d-\S+Z {2}invalid_attributes {3}id-1 +first is wrong/);
    expect(lines.join("\n")).not.toMatch(/secret|\p{Cc}(?<!\n)/u);
    const third = lines.find((line) => line.includes("third"))?.split(" ")[0] as string;

    const received: IngressDelivery[] = [];
    const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
    await consumer.start((delivery) => received.push(delivery));
    try {
      expect(await script("dead-letters.ts", "replay", "id-1", third)).toEqual([
        "2 replayed to the ingress topic",
      ]);
      await eventually(() => expect(received).toHaveLength(2));
      const records = received.map(({ record }) => [record.data.toString(), { ...record.attributes }]);
      expect(records).toContainEqual(["secret of first", { id: "id-1", v: "2" }]);
      expect(records).toContainEqual(["secret of third", {}]);

      expect(await script("dead-letters.ts", "replay", "--all")).toEqual(["1 replayed to the ingress topic"]);
      await eventually(() => expect(received).toHaveLength(3));
      expect(await script("dead-letters.ts", "list")).toEqual([""]);
      for (const { ack } of received) ack();
    } finally {
      await consumer.close();
    }
  });

  it("replays a letter that fails again once, and names unknown ids", async () => {
    await put("poison", { id: "poison" });
    const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
    let cameBack = 0;
    await consumer.start(async ({ ack }) => {
      cameBack += 1;
      await put("poison", { id: "poison" });
      ack();
    });
    try {
      await expect(script("dead-letters.ts", "replay", "poison", "nobody")).rejects.toMatchObject({
        code: 1,
        stdout: "1 replayed to the ingress topic\n",
        stderr: "No dead letter matches nobody\n",
      });
      await eventually(() => expect(cameBack).toBe(1));
    } finally {
      await consumer.close();
    }
    expect(await script("dead-letters.ts", "list")).toHaveLength(1);
  });

  it("tells an empty subscription from a missing one", async () => {
    const listOf = (project: string) =>
      run(process.execPath, [join(import.meta.dirname, "dead-letters.ts"), "list"], {
        env: { ...env, GOOGLE_CLOUD_PROJECT: project },
      });
    const empty = uniqueName();
    await run(process.execPath, [join(import.meta.dirname, "provision.ts")], {
      env: { ...env, GOOGLE_CLOUD_PROJECT: empty },
    });
    expect(await listOf(empty)).toEqual({ stdout: "", stderr: "No dead letters\n" });
    await expect(listOf("elsewhere")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^projects\/elsewhere\/subscriptions\/dumbwaiter-dead-letter not found: /,
      ),
    });
  });

  it.each([["replay"], ["replay", "--all", "id-1"], ["list", "id-1"]])(
    "prints its help when called with %j",
    async (...args) => {
      await expect(script("dead-letters.ts", ...args)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining("npm run dead-letters -- list"),
      });
    },
  );
});
