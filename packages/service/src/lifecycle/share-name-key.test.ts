import { type NameKey, type NameKeys, nameHash, nameKey, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createLogger } from "../telemetry/logger.ts";
import { Health } from "./health.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";
import { shareNameKey } from "./share-name-key.ts";

const open: Lifecycle[] = [];
afterEach(() => Promise.all(open.splice(0).map((lifecycle) => lifecycle.stop("test"))));

/** The key of an installation, which the test may replace, or make unavailable. */
function installation() {
  const keys = {
    key: nameKey() as NameKey | undefined,
    asked: 0,
    notBefore: 0,
    async current(notBefore: number) {
      keys.asked += 1;
      keys.notBefore = notBefore;
      if (keys.key === undefined) throw new UnavailableError("firestore");
      return keys.key;
    },
  };
  return keys satisfies NameKeys;
}

const HOUR_MS = 60 * 60_000;

async function start(keys: NameKeys, intervalMs = 5) {
  const logger = createLogger({ service: "test", level: "silent" });
  const registry = new Registry();
  const lifecycle = createLifecycle({ health: new Health(), logger, graceMs: 10_000 });
  open.push(lifecycle);
  const hashOf = await shareNameKey({ logger, registry, lifecycle }, keys, intervalMs);
  const isShared = async () =>
    (await registry.getSingleMetric("dumbwaiter_limits_shared")?.get())?.values[0]?.value;
  return { hashOf, isShared, lifecycle };
}

it("hashes as the installation's other processes do, with a key of at most 30 days", async () => {
  const keys = installation();
  const [one, two] = await Promise.all([start(keys), start(keys)]);
  expect(one.hashOf("alice")).toBe(nameHash(keys.key as NameKey)("alice"));
  expect(two.hashOf("alice")).toBe(one.hashOf("alice"));
  expect(await one.isShared()).toBe(1);
  expect(Math.abs(Date.now() - keys.notBefore - 30 * 24 * 60 * 60 * 1000)).toBeLessThan(60_000);
});

it("takes a new key over, and keeps the last one while there is none to read", async () => {
  const keys = installation();
  const { hashOf, isShared } = await start(keys);
  const old = hashOf("alice");
  keys.key = nameKey();
  const replaced = nameHash(keys.key)("alice");
  await eventually(() => expect(hashOf("alice")).toBe(replaced));
  expect(replaced).not.toBe(old);
  keys.key = undefined;
  const { asked } = keys;
  await eventually(() => expect(keys.asked).toBeGreaterThan(asked));
  expect(hashOf("alice")).toBe(replaced);
  expect(await isShared()).toBe(1);
});

it("starts with a key of its own while there is none to read, until there is", async () => {
  const keys = installation();
  keys.key = undefined;
  const [one, two] = await Promise.all([start(keys), start(keys)]);
  expect(one.hashOf("alice")).toBe(one.hashOf("alice"));
  expect(one.hashOf("alice")).not.toBe(two.hashOf("alice"));
  expect(await one.isShared()).toBe(0);
  keys.key = nameKey();
  await eventually(async () => expect(await one.isShared()).toBe(1));
  expect(one.hashOf("alice")).toBe(nameHash(keys.key)("alice"));
});

it("looks again soon when it could not read the key at the start, however seldom it looks later", async () => {
  const keys = installation();
  const { key } = keys;
  keys.key = undefined;
  const { hashOf, isShared } = await start(keys, HOUR_MS);
  expect(await isShared()).toBe(0);
  keys.key = key;
  await eventually(async () => expect(await isShared()).toBe(1));
  expect(hashOf("alice")).toBe(nameHash(key as NameKey)("alice"));
});

it("looks for no key once the process stops", async () => {
  const keys = installation();
  const { lifecycle } = await start(keys);
  await eventually(() => expect(keys.asked).toBeGreaterThan(2));
  await lifecycle.stop("test");
  const { asked } = keys;
  await start(installation());
  expect(keys.asked).toBe(asked);
});
