import { rm } from "node:fs/promises";
import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually, storeSettings, testClock } from "@dumbwaiter/core/contracts";
import { sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { openPubSub, type PubSub, provisionPubSub } from "@dumbwaiter/gcp";
import { openSqliteStore } from "@dumbwaiter/sqlite";
import { temporaryDirectory } from "@dumbwaiter/sqlite/testing/temporary-store";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter } from "../../testing/run-dumbwaiter.ts";

describe("dumbwaiter dead-letters", () => {
  const projectId = uniqueName();
  let emulatorHost: string;
  let pubsub: PubSub;

  const run = (args: readonly string[], project = projectId) =>
    dumbwaiter(["dead-letters", ...args], {
      env: { GOOGLE_CLOUD_PROJECT: project, PUBSUB_EMULATOR_HOST: emulatorHost },
    });
  const list = async () => (await run(["list"])).stdout.trimEnd().split("\n").filter(Boolean);

  beforeAll(async () => {
    emulatorHost = (await sharedPubSubEmulator()).url;
    await provisionPubSub({ projectId, emulatorHost });
    pubsub = openPubSub({ projectId, emulatorHost });
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
    const lines = await list();
    expect(lines).toHaveLength(3);
    expect(lines.join("\n")).toMatch(/20\d\d-\S+Z {2}invalid_attributes {3}id-1 +first is wrong/);
    expect(lines.join("\n")).not.toMatch(/secret|\p{Cc}(?<!\n)/u);
    const third = lines.find((line) => line.includes("third"))?.split(" ")[0] as string;
    const json = (await run(["list", "--json"])).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(json).toContainEqual({
      letterId: third,
      givenUpAt: expect.stringMatching(/^20\d\d-.*Z$/),
      code: "invalid_attributes",
      messageId: null,
      reason: "third is wrong",
    });

    const received: IngressDelivery[] = [];
    const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
    await consumer.start((delivery) => received.push(delivery));
    try {
      expect(await run(["replay", "id-1", third])).toMatchObject({
        exitCode: 0,
        stdout: "2 replayed to the ingress\n",
      });
      await eventually(() => expect(received).toHaveLength(2));
      const records = received.map(({ record }) => [record.data.toString(), { ...record.attributes }]);
      expect(records).toContainEqual(["secret of first", { id: "id-1", v: "2" }]);
      expect(records).toContainEqual(["secret of third", {}]);

      const { stdout } = await run(["replay", "--all", "--json"]);
      expect(JSON.parse(stdout)).toEqual({ replayed: 1, unknown: [] });
      await eventually(() => expect(received).toHaveLength(3));
      expect(await list()).toEqual([]);
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
      expect(await run(["replay", "poison", "nobody"])).toMatchObject({
        exitCode: 5,
        stdout: "1 replayed to the ingress\n",
        stderr: expect.stringMatching(/^error: No dead letter matches nobody$/m),
      });
      await eventually(() => expect(cameBack).toBe(1));
    } finally {
      await consumer.close();
    }
    expect(await list()).toHaveLength(1);
  });

  it("tells an empty subscription from a missing one", async () => {
    const empty = uniqueName();
    await provisionPubSub({ projectId: empty, emulatorHost });
    expect(await run(["list"], empty)).toEqual({ exitCode: 0, stdout: "", stderr: "No dead letters\n" });
    const { exitCode, stderr } = await run(["list"], "elsewhere");
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: projects\/elsewhere\/subscriptions\/dumbwaiter-dead-letter not found: /),
    ]);
  });

  it("lists those of an embedded process, and does not replay them", async () => {
    const dataDir = await temporaryDirectory();
    const store = await openSqliteStore({ ...storeSettings(testClock()), dataDir });
    try {
      const record = { data: Buffer.from("secret"), attributes: { id: "id-9" } };
      await store.deadLetters.put({ record, code: "too_large", reason: "it is too large" });
      const listed = await dumbwaiter(["dead-letters", "list", "--data-dir", dataDir]);
      expect(listed.stdout).toMatch(/^1 +20\S+Z {2}too_large +id-9 +it is too large\n$/);
      const { exitCode, stderr } = await dumbwaiter(["dead-letters", "replay", "--all"], {
        env: { DATA_DIR: dataDir },
      });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("cannot be replayed")]);
    } finally {
      await store.close();
      await rm(dataDir, { recursive: true });
    }
  });

  it.each([["replay"], ["replay", "--all", "id-1"], ["list", "id-1"], ["drop"], []])(
    "refuses %j as wrong usage",
    async (...args) => {
      const { exitCode, stdout, stderr } = await run(args);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^error: /);
    },
  );
});
