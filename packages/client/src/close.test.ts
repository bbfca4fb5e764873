import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { CloseReport } from "../testing/close-program.ts";
import { newMessage, type ScriptedServer, startScriptedServer } from "../testing/scripted-server.ts";

const PROGRAM = join(import.meta.dirname, "../testing/close-program.ts");
/** A second more than the longest flush, on a busy machine. */
const MAX_CLOSE_MS = 5_000;

describe("close() leaves no timer, listener or connection, and the process ends, when", () => {
  let server: ScriptedServer;
  let link: FaultyLink;
  let child: ChildProcess;
  let exited: Promise<unknown[]>;
  const heard: unknown[] = [];

  beforeEach(async () => {
    server = await startScriptedServer();
    link = await startFaultyLink(Number(new URL(server.url).port));
    heard.length = 0;
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    await link.close();
    await server.close();
  });

  function start(...kind: string[]): void {
    child = fork(PROGRAM, [`http://127.0.0.1:${link.port}`, ...kind], { execArgv: [] });
    child.on("message", (message) => heard.push(message));
    exited = once(child, "exit");
  }
  async function hears(wanted: unknown): Promise<void> {
    while (!heard.includes(wanted)) await once(child, "message");
  }
  async function closesCleanly(): Promise<void> {
    child.send("close");
    while (typeof heard.at(-1) !== "object") await once(child, "message");
    const { left, tookMs, isLoopDone } = heard.at(-1) as CloseReport;
    expect(left).toEqual([]);
    expect(isLoopDone).toBe(true);
    expect(tookMs).toBeLessThan(MAX_CLOSE_MS);
    expect(await exited).toEqual([0, null]);
  }

  it("the client is live", async () => {
    start();
    await hears("catching-up");
    server.socket().emit("queue:empty");
    await hears("live");
    await closesCleanly();
  });

  it("an acknowledgement is unanswered on a connection that carries nothing", async () => {
    server.answer = () => {};
    start();
    await hears("catching-up");
    server.socket().emit("message", newMessage());
    await hears("acknowledged");
    link.stall();
    await closesCleanly();
  });

  it("there is no server", async () => {
    link.drop();
    start();
    await hears("error");
    await closesCleanly();
  });

  it("the connection was lost, and the next attempt waits", async () => {
    start();
    await hears("catching-up");
    link.drop();
    await hears("reconnecting");
    await closesCleanly();
  });

  it("the server accepts connections and never answers", async () => {
    link.hold();
    start();
    await once(child, "spawn");
    await closesCleanly();
  });

  it("the application's token never comes", async () => {
    start("hanging");
    await closesCleanly();
  });

  it("the server has removed the device", async () => {
    start();
    await hears("catching-up");
    server.closeWith({ code: "device_removed", retryable: false });
    await hears("closed");
    await closesCleanly();
  });
});
