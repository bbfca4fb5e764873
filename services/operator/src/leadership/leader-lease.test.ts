import { ApiError, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { LeaderLease } from "./leader-lease.ts";

const LEASE_MS = 15_000;

interface Lease extends KubeObject {
  readonly spec: Record<string, unknown>;
}

let stored: Lease | undefined;
let version: number;

/** Stores one object as the API server does: a write of an old version is a conflict. */
const client = {
  find: async () => stored,
  create: async (lease: Lease) => {
    if (stored !== undefined) throw new ApiError(409, { reason: "AlreadyExists" }, "create");
    store(lease);
  },
  update: async (lease: Lease) => {
    if (lease.metadata.resourceVersion !== stored?.metadata.resourceVersion)
      throw new ApiError(409, { reason: "Conflict" }, "update");
    store(lease);
  },
} as unknown as KubeClient;

function store(lease: Lease) {
  version += 1;
  stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } };
}

function newLease(identity: string, given = client): LeaderLease {
  return new LeaderLease({
    client: given,
    identity,
    ...{ namespace: "n", leaseName: "l", leaseMs: LEASE_MS, timeoutMs: 1_000 },
  });
}

beforeEach(() => {
  stored = undefined;
  version = 0;
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it("is taken when there is none, and renewed by its holder, who stays the same", async () => {
  const ours = newLease("ours");
  expect(await ours.tryHold()).toBe(true);
  const taken = stored?.spec;
  expect(taken).toMatchObject({
    holderIdentity: expect.stringMatching(/^ours_/),
    leaseDurationSeconds: LEASE_MS / 1000,
    leaseTransitions: 0,
  });
  expect(taken?.acquireTime).toBe(taken?.renewTime);
  jest.advanceTimersByTime(LEASE_MS);
  expect(await ours.tryHold()).toBe(true);
  expect(stored?.spec).toMatchObject({ acquireTime: taken?.acquireTime, leaseTransitions: 0 });
  expect(stored?.spec.renewTime).not.toBe(taken?.renewTime);
});

it.each([
  { silentMs: LEASE_MS - 1, isTaken: false },
  { silentMs: LEASE_MS, isTaken: true },
  { silentMs: LEASE_MS + 1, isTaken: true },
])("changes hands, $silentMs ms after another has first seen it: $isTaken", async ({ silentMs, isTaken }) => {
  const [ours, theirs] = [newLease("ours"), newLease("theirs")];
  await ours.tryHold();
  jest.advanceTimersByTime(LEASE_MS);
  expect(await theirs.tryHold()).toBe(false); // by its own clock, it has only come
  jest.advanceTimersByTime(silentMs);
  expect(await theirs.tryHold()).toBe(isTaken);
  expect(stored?.spec.leaseTransitions).toBe(isTaken ? 1 : 0);
  const holder = isTaken ? /^theirs_/ : /^ours_/;
  expect(stored?.spec.holderIdentity).toMatch(holder);
  if (isTaken) expect(stored?.spec.acquireTime).toBe(stored?.spec.renewTime);
});

it("stays with a holder that renews it", async () => {
  const [ours, theirs] = [newLease("ours"), newLease("theirs")];
  await ours.tryHold();
  expect(await theirs.tryHold()).toBe(false);
  jest.advanceTimersByTime(LEASE_MS - 1);
  await ours.tryHold();
  expect(await theirs.tryHold()).toBe(false);
  jest.advanceTimersByTime(LEASE_MS - 1);
  expect(await theirs.tryHold()).toBe(false);
});

it("is taken by one of two that try at once", async () => {
  expect(await Promise.all([newLease("one").tryHold(), newLease("two").tryHold()])).toEqual([true, false]);
  await newLease("three").release();
  expect(stored?.spec.holderIdentity).toMatch(/^one_/);
});

it("goes to the next at once when it is released, and stays when another releases it", async () => {
  const [ours, theirs] = [newLease("ours"), newLease("theirs")];
  await ours.tryHold();
  await theirs.release();
  expect(await theirs.tryHold()).toBe(false);
  await ours.release();
  expect(stored?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: LEASE_MS / 1000 });
  expect(await theirs.tryHold()).toBe(true);
});

it("is not ours when the API server fails", async () => {
  const update = async () => {
    throw new ApiError(500, { reason: "InternalError" }, "update");
  };
  const failing = { ...client, create: update, update } as unknown as KubeClient;
  await expect(newLease("ours", failing).tryHold()).rejects.toThrow(ApiError);
});
