import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";

const RUN_MAIN = new URL("./run-main.ts", import.meta.url).href;
const SETTINGS = new URL("../settings/index.ts", import.meta.url).href;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface RunOptions {
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly terminal?: boolean;
}

/** A process whose entry file is `runMain(process, SAMPLE_SETTINGS, start)`. */
function run(start: string, { args = [], env = {}, terminal = false }: RunOptions = {}) {
  const code = `
    import { runMain } from ${JSON.stringify(RUN_MAIN)};
    import { ADMIN_PORT, defineSettings, HOST, OBSERVABILITY, PROJECT, SHUTDOWN_GRACE } from ${JSON.stringify(SETTINGS)};
    const project = { ...PROJECT, required: undefined };
    const settings = defineSettings("sample", [HOST, ADMIN_PORT, SHUTDOWN_GRACE, ...OBSERVABILITY, project]);
    await runMain(process, settings, ${start});
  `;
  const command = [process.execPath, "--input-type=module", "-e", code, "--", ...args];
  // Python's pty gives the process a terminal, whose output comes on stdout.
  const withTerminal = [
    "python3",
    "-c",
    "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)",
    ...command,
  ];
  const [program = "", ...rest] = terminal ? withTerminal : command;
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH, ADMIN_PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const exit = once(child, "exit").then(([code]) => code as number | null);
  return { child, exit, stderr: text(child.stderr), stdout: terminal ? text(child.stdout) : "" };
}

/** The log of a child, line by line; it ends with the child. */
async function* logOf(child: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  if (child.stdout === null) throw new Error("no stdout");
  for await (const line of createInterface(child.stdout)) yield JSON.parse(line);
}

async function next(log: AsyncGenerator<Record<string, unknown>>, msg: string) {
  for (;;) {
    const { value, done } = await log.next();
    if (done) throw new Error(`the log ended before "${msg}"`);
    if (value.msg === msg) return value;
  }
}

describe("runMain", () => {
  it("prints the variables for --help, whatever the environment holds", async () => {
    const { child, exit } = run("() => { throw new Error('started'); }", {
      args: ["--help"],
      env: { LOG_LEVEL: "loud" },
    });
    expect(await text(child.stdout)).toMatch(
      /sample reads its configuration from.*\n {2}LOG_LEVEL \(default info\)\n/s,
    );
    expect(await exit).toBe(0);
  });

  it("rejects any other argument", async () => {
    const { exit, stderr } = run("() => { throw new Error('started'); }", { args: ["entry", "--port=8081"] });
    expect(await exit).toBe(1);
    expect(JSON.parse(await stderr)).toMatchObject({
      level: "fatal",
      msg: "Unknown argument --port=8081: settings are read from environment variables; see --help",
    });
  });

  it.each([
    ["json", { level: "fatal" }, "msg"],
    ["cloudLogging", { severity: "CRITICAL" }, "message"],
    ["nonsense", { level: "fatal" }, "msg"],
  ])("exits with code 1 and lists every problem of the environment in one entry, as %s", async (...as) => {
    const [format, level, key] = as;
    const { exit, stderr } = run("() => { throw new Error('started'); }", {
      env: { LOG_LEVEL: "loud", SHUTDOWN_GRACE_SECONDS: "soon", LOG_FORMAT: format },
    });
    expect(await exit).toBe(1);
    const entry = JSON.parse(await stderr);
    expect(entry).toMatchObject({ service: "sample", ...level });
    expect(entry.problems).toHaveLength(format === "nonsense" ? 3 : 2);
    expect(entry[key]).toMatch(
      /^Invalid configuration for sample:\n {2}- SHUTDOWN_GRACE_SECONDS must.*\n {2}- LOG_LEVEL must/s,
    );
  });

  it("lists the problems as text on a terminal", async () => {
    const { exit, stdout } = run("() => {}", { env: { LOG_LEVEL: "loud" }, terminal: true });
    expect(await stdout).toMatch(/^Invalid configuration for sample:\r?\n {2}- LOG_LEVEL must be one of/);
    expect(await exit).toBe(1);
  });

  it("writes the fields of Cloud Logging, with the project of the process", async () => {
    const { child, exit } = run(
      `async ({ logger }) => {
      logger.warn({ id: "019a1b2c-3d4e-7f00-8a00-000000000000" }, "dead-lettered");
    }`,
      { env: { LOG_FORMAT: "cloudLogging", GOOGLE_CLOUD_PROJECT: "acme" } },
    );
    const log = logOf(child);
    const { value } = await log.next();
    expect(value).toMatchObject({
      severity: "WARNING",
      message: "dead-lettered",
      "logging.googleapis.com/trace": "projects/acme/traces/019a1b2c3d4e7f008a00000000000000",
    });
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
  });

  it("is ready once it has started, and stops on SIGTERM with code 0", async () => {
    const { child, exit } = run(`async ({ lifecycle, logger }) => {
      lifecycle.onStop("clients", "client", () => logger.info("client closed"));
      lifecycle.onStop("intake", "server", () => logger.info("server closed"));
    }`);
    const log = logOf(child);
    const { adminPort } = await next(log, "ready");
    expect((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    expect(metrics).toContain('dumbwaiter_nodejs_eventloop_lag_seconds{service="sample"}');
    child.kill("SIGTERM");
    expect(await next(log, "stopping")).toMatchObject({ reason: "SIGTERM" });
    await next(log, "server closed");
    await next(log, "client closed");
    expect(await next(log, "stopped")).toMatchObject({ clean: true });
    expect(await exit).toBe(0);
  });

  it("stops in the middle of a start with code 0, and does not call the start failed", async () => {
    const { child, exit } = run(`({ lifecycle, logger }) => new Promise((_, reject) => {
      lifecycle.onStop("intake", "start", () => reject(new Error("stopped")));
      logger.info("waiting");
    })`);
    const log = logOf(child);
    await next(log, "waiting");
    child.kill("SIGTERM");
    const rest: unknown[] = [];
    for await (const { msg } of log) rest.push(msg);
    expect(rest).toEqual(["stopping", "stopped"]);
    expect(await exit).toBe(0);
  });

  it("exits immediately on a second signal", async () => {
    const { child, exit } = run(`async ({ lifecycle, logger }) => {
      lifecycle.onStop("intake", "server", () => new Promise(() => logger.info("hanging")));
    }`);
    const log = logOf(child);
    await next(log, "ready");
    child.kill("SIGINT");
    await next(log, "hanging");
    const repeated = setInterval(() => child.kill("SIGTERM"), 50);
    expect(await exit).toBe(143);
    clearInterval(repeated);
  });

  it("counts a signal that comes twice in a moment as one", async () => {
    const { child, exit } = run(`async ({ lifecycle, logger }) => {
      lifecycle.onStop("intake", "server", async () => {
        const again = new Promise((resolve) => process.once("SIGINT", resolve));
        process.kill(process.pid, "SIGINT");
        await again;
        logger.info("got it twice");
      });
    }`);
    const log = logOf(child);
    await next(log, "ready");
    child.kill("SIGINT");
    await next(log, "got it twice");
    expect(await exit).toBe(0);
  });

  it("exits with code 1 when a stop times out", async () => {
    const start = `async ({ lifecycle }) => lifecycle.onStop("clients", "hangs", () => new Promise(() => {}))`;
    const { child, exit } = run(start, { env: { SHUTDOWN_GRACE_SECONDS: "1" } });
    const log = logOf(child);
    await next(log, "ready");
    child.kill("SIGTERM");
    expect(await next(log, "stop task timed out")).toMatchObject({ phase: "clients", task: "hangs" });
    expect(await exit).toBe(1);
  });

  it("closes what it opened when the start fails, and exits with code 1", async () => {
    const { child, exit } = run(`async ({ lifecycle, logger }) => {
      lifecycle.onStop("clients", "client", () => logger.info("client closed"));
      throw new Error("no database");
    }`);
    const log = logOf(child);
    expect(await next(log, "failed to start")).toMatchObject({
      level: "fatal",
      err: { message: "no database" },
    });
    await next(log, "client closed");
    expect(await exit).toBe(1);
  });

  it("names the variable of a port that is in use", async () => {
    const { adminPort } = await next(logOf(run("async () => {}").child), "ready");
    const admin = run("async () => {}", { env: { ADMIN_PORT: String(adminPort) } });
    await next(logOf(admin.child), `port ${adminPort} is already in use; set ADMIN_PORT to a free port`);
    expect(await admin.exit).toBe(1);
    const own = run(`async () => {
      const { createServer } = await import("node:net");
      await new Promise((_, reject) => createServer().once("error", reject).listen(${adminPort}, "127.0.0.1"));
    }`);
    await next(logOf(own.child), `port ${adminPort} is already in use; set PORT to a free port`);
    expect(await own.exit).toBe(1);
  });

  it.each([
    [
      "a rejection",
      `async () => { setImmediate(() => Promise.reject(new Error("nobody"))); }`,
      "unhandledRejection",
    ],
    ["an error", `async () => { setImmediate(() => { throw new Error("nobody"); }); }`, "uncaughtException"],
  ])("logs %s that was not caught and exits with code 1", async (_, start, origin) => {
    const { child, exit } = run(start);
    expect(await next(logOf(child), "uncaught error")).toMatchObject({ origin, err: { message: "nobody" } });
    expect(await exit).toBe(1);
  });
});
