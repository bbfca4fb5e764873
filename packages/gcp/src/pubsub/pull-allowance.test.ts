import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { type Grant, PullAllowance } from "./pull-allowance.ts";

const SHARE = { messages: 5, bytes: 500 };

/** For two streams. */
const open = () => new PullAllowance({ messages: 10, bytes: 1000 }, 2);

const isPending = (grant: Promise<unknown>) =>
  Promise.race([grant.then(() => false), setImmediate().then(() => true)]);

async function granted(allowance: PullAllowance): Promise<Grant> {
  const grant = await allowance.grant();
  if (grant === undefined) throw new Error("The allowance is closed");
  return grant;
}

/** Takes messages of 100 bytes each. */
const take = ({ take: takeOne }: Grant, messages: number) =>
  Array.from({ length: messages }, () => takeOne(100));

describe("the allowance of pull streams", () => {
  it("grants each a share, and another once a whole share is free", async () => {
    const allowance = open();
    const [first, second] = [await granted(allowance), await granted(allowance)];
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
    const allowance = open();
    const [first, second] = [await granted(allowance), await granted(allowance)];
    const leases = [...take(first, 5), ...take(second, 5)];
    first.end();
    second.end();
    const next = allowance.grant();
    for (const end of leases.splice(0, 3)) {
      expect(await isPending(next)).toBe(true);
      end();
    }
    expect(await next).toMatchObject({ messages: 3, bytes: 300 });
  });

  it("waits for bytes as it does for messages", async () => {
    const allowance = open();
    const [first] = [await granted(allowance), await granted(allowance)];
    const end = first.take(1);
    const larger = first.take(499);
    first.end();
    const next = allowance.grant();
    end();
    expect(await isPending(next)).toBe(true);
    larger();
    expect(await next).toMatchObject(SHARE);
  });

  it("takes a share back once, however often its stream ends", async () => {
    const allowance = open();
    const [first] = [await granted(allowance), await granted(allowance)];
    first.end();
    first.end();
    expect(await allowance.grant()).toMatchObject(SHARE);
    expect(await isPending(allowance.grant())).toBe(true);
  });

  it("grants nothing once it is closed, also to those who wait", async () => {
    const allowance = open();
    await Promise.all([allowance.grant(), allowance.grant()]);
    const waiting = [allowance.grant(), allowance.grant()];
    allowance.close();
    expect(await Promise.all([...waiting, allowance.grant()])).toEqual([undefined, undefined, undefined]);
  });
});
