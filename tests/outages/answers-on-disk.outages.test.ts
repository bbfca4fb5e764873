import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { ensureProgram } from "@dumbwaiter/dev-env/tools/ensure-program";
import { newEnvelope, until } from "@dumbwaiter/wire-user";
// Bare: it looks for each single answer in the trace.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("the embedded process under strace", () => {
  let embedded: EmbeddedProcess;
  let strace: ChildProcess;
  let trace: string;

  beforeAll(async () => {
    await ensureProgram("strace");
    embedded = await startEmbedded();
    trace = join(embedded.directory, "trace");
    const calls = "trace=read,write,writev,pwrite64,fsync,fdatasync";
    const tracing = ["-f", "-y", "-qq", "-s", "64", "-e", calls, "-o", trace];
    strace = spawn("strace", [...tracing, "-p", String(embedded.pid)], { stdio: "ignore" });
    await eventually(async () => {
      await fetch(`${embedded.api}/openapi.json`);
      expect(await readFile(trace, "utf8")).toContain('"GET /openapi.json');
    });
  });
  afterAll(async () => {
    if (strace?.kill()) await once(strace, "exit");
    await embedded?.stop();
  });

  /** What a kill cannot show, because the kernel keeps what was written: the disk has it before the answer. */
  it("has each change on the disk before it answers 202 or 204", async () => {
    const bob = new BareUser("bob", embedded);
    await bob.pull(); // fetches the keys of its token first
    const answers: [string, number][] = [];
    const call = async (method: string, path: string, body?: unknown) => {
      answers.push([`${method} ${path}`, (await bob.call(method, path, body)).status]);
    };
    await call("POST", "/api/send", newEnvelope(bob));
    const { messages } = await until(
      () => bob.pull(),
      (page) => page.messages.length === 1,
    );
    await call("POST", "/api/messages/ack", { messageIds: messages.map(({ id }) => id) });
    await call("PUT", "/api/user/access-key", { accessKey: Buffer.alloc(32, 1).toString("base64") });
    await call("DELETE", "/api/user/access-key");
    await bob.call("PUT", "/api/devices/phone");
    await call("DELETE", "/api/devices/phone");
    await bob.call("PUT", "/api/devices/phone");
    await call("DELETE", "/api/user");
    expect(answers.map(([, status]) => status)).toEqual([202, 204, 204, 204, 204, 204]);
    // strace may write an answer after we have it.
    const seen = await eventually(async () => {
      const all = answersIn(await readFile(trace, "utf8"));
      expect(all).toHaveLength(answers.length);
      return all;
    });
    expect(seen).toEqual(answers.map(([call, status]) => ({ call, status, isOnDisk: true })));
  });
});

interface Answer {
  readonly call: string;
  readonly status: number;
  /** Whether the log was written and then synced, from the call to its answer. */
  readonly isOnDisk: boolean;
}

/**
 * The answers 202 and 204 of calls that came one after the other. A line of the trace begins with the thread; a system
 * call of one thread may end in a later line than it begins.
 */
function answersIn(trace: string): Answer[] {
  const answers: Answer[] = [];
  const syncing = new Set<string>();
  let called = "";
  let [wrote, isOnDisk] = [false, false];
  for (const line of trace.split("\n")) {
    const [, thread = "", call = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const request = /"((?:GET|POST|PUT|DELETE) \S+) HTTP/.exec(call)?.[1];
    if (request !== undefined) [called, wrote, isOnDisk] = [request, false, false];
    if (/^pwrite64\(\d+<[^>]*-wal>/.test(call)) wrote = true;
    if (wrote && /^f(data)?sync\(\d+<[^>]*-wal>/.test(call)) syncing.add(thread);
    const isEnd = /sync.* = 0$/.test(call);
    if (isEnd && syncing.delete(thread)) isOnDisk = true;
    const status = Number(/^writev?\(.*"HTTP\/1\.1 (20[24])/.exec(call)?.[1]);
    if (status) answers.push({ call: called, status, isOnDisk });
  }
  return answers;
}
