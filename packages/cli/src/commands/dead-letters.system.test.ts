import { rm } from "node:fs/promises";
import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually, storeSettings, testClock } from "@dumbwaiter/core/contracts";
import { sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { openPubSub, type PubSub, provisionPubSub } from "@dumbwaiter/gcp";
import { openSqliteStore } from "@dumbwaiter/sqlite";
import { temporaryDirectory } from "@dumbwaiter/sqlite/testing/temporary-store";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter } from "../../testing/run-dumbwaiter.ts";

/** For several processes that wait for letters, perhaps on a busy machine. */
const TIMEOUT_MS = 400_000;

describe("dumbwaiter dead-letters", () => {
  const projectId = uniqueName();
  let emulatorHost: string;
  let pubsub: PubSub;

  const run = (args: readonly string[], project = projectId) =>
    dumbwaiter(["dead-letters", ...args], {
      env: { GOOGLE_CLOUD_PROJECT: project, PUBSUB_EMULATOR_HOST: emulatorHost },
    });
  const linesOf = async (...args: string[]) => (await run(args)).stdout.trimEnd().split("\n").filter(Boolean);
  /** A command ends when no letter has come for 3 s, which on a busy machine may be before the first has. */
  const patiently = <T>(check: () => Promise<T>) => eventually(check, TIMEOUT_MS / 4);
  const list = (letters: number, ...args: string[]) =>
    patiently(async () => {
      const lines = await linesOf("list", ...args);
      expect(lines).toHaveLength(letters);
      return lines;
    });
  /** Replays until so many records have been, and returns the last answer. */
  async function replay(records: number, ...args: string[]) {
    let replayed = 0;
    return patiently(async () => {
      const answer = await run(["replay", ...args]);
      replayed += Number(/^(\d+) replayed to the ingress\n$/.exec(answer.stdout)?.[1]);
      expect(replayed).toBe(records);
      return answer;
    });
  }

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

  it(
    "lists letters without their payload, and replays chosen ones and all",
    async () => {
      await put("first", { id: "id-1", v: "2" });
      await put("second", { id: "id-2\u001b[2J", note: "é" });
      await put("third", {});
      const lines = await list(3);
      expect(lines.join("\n")).toMatch(/20\d\d-\S+Z {2}invalid_attributes {3}id-1 +first is wrong/);
      expect(lines.join("\n")).not.toMatch(/secret|\p{Cc}(?<!\n)/u);
      const third = lines.find((line) => line.includes("third"))?.split(" ")[0] as string;
      const json = (await list(3, "--json")).map((line) => JSON.parse(line));
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
        await replay(2, "id-1", third);
        await eventually(() => expect(received).toHaveLength(2));
        const records = received.map(({ record }) => [record.data.toString(), { ...record.attributes }]);
        expect(records).toContainEqual(["secret of first", { id: "id-1", v: "2" }]);
        expect(records).toContainEqual(["secret of third", {}]);

        expect(await replay(1, "--all")).toMatchObject({ exitCode: 0 });
        await eventually(() => expect(received).toHaveLength(3));
        await list(0);
        expect(await linesOf("replay", "--all", "--json")).toEqual([`{"replayed":0,"unknown":[]}`]);
        for (const delivery of received) delivery.ack();
      } finally {
        await consumer.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    "replays a letter that fails again once, and names unknown ids",
    async () => {
      await put("poison", { id: "poison" });
      const consumer = pubsub.consumer({ maxMessages: 10, maxBytes: 1e6 });
      let cameBack = 0;
      await consumer.start(async (delivery) => {
        cameBack += 1;
        await put("poison", { id: "poison" });
        delivery.ack();
      });
      try {
        expect(await replay(1, "poison", "nobody")).toMatchObject({
          exitCode: 5,
          stderr: expect.stringMatching(/^error: No dead letter matches nobody$/m),
        });
        await eventually(() => expect(cameBack).toBe(1));
      } finally {
        await consumer.close();
      }
      await list(1);
    },
    TIMEOUT_MS,
  );

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
