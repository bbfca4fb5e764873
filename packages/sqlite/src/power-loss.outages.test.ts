import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureProgram } from "@dumbwaiter/dev-env/tools/ensure-program";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../testing/temporary-store.ts";

const PROGRAM = join(import.meta.dirname, "../testing/one-by-one.ts");

let folder: string;

beforeAll(async () => {
  await ensureProgram("strace");
  folder = await temporaryDirectory();
});
afterAll(() => rm(folder, { recursive: true }));

/** What a kill cannot show, because the kernel keeps what was written: the disk has it before the answer. */
it("has each change on the disk before the change is answered", async () => {
  const trace = join(folder, "trace");
  const calls = "trace=write,writev,pwrite64,fsync,fdatasync";
  const tracing = ["-f", "-y", "-qq", "-s", "64", "-e", calls, "-o", trace];
  await runCommand("strace", [...tracing, process.execPath, PROGRAM, join(folder, "data")]);
  const [opened, ...answers] = answersIn(await readFile(trace, "utf8"));
  expect(opened?.name).toBe("open");
  expect(answers).toEqual(
    [
      ...["publish", "register", "store", "delete", "purge", "remove"],
      ...["setAccessKey", "removeAccessKey", "deadLetter", "pushRequest"],
    ].map((name) => ({ name, wrote: true, isOnDisk: true })),
  );
});

interface Answer {
  readonly name: string;
  /** Whether the log was written since the answer before. */
  readonly wrote: boolean;
  /** Whether all that was written to the log has been synced. */
  readonly isOnDisk: boolean;
}

/** A line of the trace begins with the thread. A call of one thread may end in a later line than it begins. */
function answersIn(trace: string): Answer[] {
  const answers: Answer[] = [];
  const syncing = new Set<string>();
  let [wrote, unsynced] = [false, false];
  for (const line of trace.split("\n")) {
    const [, thread = "", call = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const isEnd = !call.endsWith("<unfinished ...>");
    const name = /^write.*"answered (\w+)/.exec(call)?.[1];
    if (/^pwrite64\(\d+<[^>]*-wal>/.test(call)) [wrote, unsynced] = [true, true];
    if (/^f(data)?sync\(\d+<[^>]*-wal>/.test(call)) syncing.add(thread);
    if (isEnd && /sync/.test(call) && syncing.delete(thread) && / = 0$/.test(call)) unsynced = false;
    if (name === undefined) continue;
    answers.push({ name, wrote, isOnDisk: !unsynced });
    wrote = false;
  }
  return answers;
}
