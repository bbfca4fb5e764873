import { setImmediate as turn } from "node:timers/promises";
import { getHeapSpaceStatistics } from "node:v8";
import { collectGarbage } from "@dumbwaiter/service";

const TIMES = 3;

/**
 * By how many bytes the old objects of this process grow while it works, if only its young objects are collected: the
 * least of three times, since V8 itself needs some when it compiles.
 */
export async function promotedBytes(work: () => Promise<unknown>): Promise<number> {
  const growths: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    collectGarbage();
    const before = oldBytes();
    await work();
    await turn();
    // What survives the first is old after the second.
    collectGarbage("young");
    collectGarbage("young");
    growths.push(oldBytes() - before);
  }
  return Math.min(...growths);
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name: name }) =>
    /^(old|large_object)_space$/.test(name),
  );
  return old.reduce((sum, { space_used_size: size }) => sum + size, 0);
}
