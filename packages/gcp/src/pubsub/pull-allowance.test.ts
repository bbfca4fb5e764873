import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { type Grant, PullAllowance } from "./pull-allowance.ts";

const SHARE = { messages: 5, bytes: 500 };

const isPending = (grant: Promise<unknown>) =>
  Promise.race([grant.then(() => false), setImmediate().then(() => true)]);

async function granted(allowance: PullAllowance): Promise<Grant> {
  const grant = await allowance.grant();
  if (grant === undefined) throw new Error("The allowance is closed");
  return grant;
}

/** For two streams, both open. */
async function withTwoStreams() {
  const allowance = new PullAllowance({ messages: 10, bytes: 1000 }, 2);
  return { allowance, first: await granted(allowance), second: await granted(allowance) };
}

/**
 * Takes messages of 100 bytes each.
 *
 * @returns what ends their leases
 */
const take = (grant: Grant, messages: number) => Array.from({ length: messages }, () => grant.take(100));

describe("the allowance of pull streams", () => {
  it("grants each a share, and another once a whole share is free", async () => {
    const { allowance, first, second } = await withTwoStreams();
    expect([first, second]).toMatchObject([SHARE, SHARE]);
    const leases = take(first, 3);
    const next = allowance.grant();
    first.end();
    for (const end of leases) {
      expect(await isPending(next)).toBe(true);
      end();
    }
    expect(await next).toMatchObject(SHARE);
  });

  it("grants half a share when no stream is open", async () => {
    const { allowance, first, second } = await withTwoStreams();
    const leases = [...take(first, 5), ...take(second, 5)];
    first.end();
    second.end();
    const next = allowance.grant();
    for (const end of leases.slice(0, 3)) {
      expect(await isPending(next)).toBe(true);
      end();
    }
    expect(await next).toMatchObject({ messages: 3, bytes: 300 });
  });

  it("waits for bytes as it does for messages", async () => {
    const { allowance, first, second } = await withTwoStreams();
    first.take(500);
    const end = second.take(251);
    first.end();
    second.end();
    const next = allowance.grant();
    expect(await isPending(next)).toBe(true);
    end();
    expect(await next).toMatchObject(SHARE);
  });

  it("takes a share back once, however often its stream ends", async () => {
    const { allowance, first } = await withTwoStreams();
    first.end();
    first.end();
    expect(await allowance.grant()).toMatchObject(SHARE);
    expect(await isPending(allowance.grant())).toBe(true);
  });

  it("grants nothing once it is closed, also to those who wait", async () => {
    const { allowance } = await withTwoStreams();
    const waiting = [allowance.grant(), allowance.grant()];
    allowance.close();
    expect(await Promise.all([...waiting, allowance.grant()])).toEqual([undefined, undefined, undefined]);
  });
});
