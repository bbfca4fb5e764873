import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { createLogger } from "./logger.ts";

const ID = "019a1b2c-3d4e-7f00-8a00-000000000000";
const TRACE_ID = "019a1b2c3d4e7f008a00000000000000";

function recorded(options: Partial<Parameters<typeof createLogger>[0]> = {}) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: createLogger({ service: "api", level: "info", stream, ...options }), lines };
}

describe("createLogger", () => {
  it("writes one JSON object per line, with service, level name and time", () => {
    const { logger, lines } = recorded();
    logger.child({ id: "m1" }).info({ bytes: 7 }, "accepted");
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] as string);
    expect(rest).toEqual({ level: "info", service: "api", id: "m1", bytes: 7, msg: "accepted" });
    expect(Date.parse(time)).toBeGreaterThan(0);
  });

  it("names the trace of a message, and of nothing else", () => {
    const { logger, lines } = recorded();
    logger.info({ id: ID }, "about a message");
    for (const id of ["m1", 7, undefined, ID.replace("-7", "-4")]) logger.info({ id }, "about no message");
    const [line, ...others] = lines.map((each) => JSON.parse(each));
    expect(line).toMatchObject({ id: ID, trace_id: TRACE_ID });
    for (const other of others) expect(other).not.toHaveProperty("trace_id");
  });

  it("drops lines below its level", () => {
    const { logger, lines } = recorded();
    logger.debug("quiet");
    logger.warn("loud");
    expect(lines).toHaveLength(1);
  });

  it.each([
    [
      "at the top",
      (secret: string) => ({ token: secret, envelope: { encryptedData: secret }, authorization: secret }),
    ],
    [
      "one level down",
      (secret: string) => ({ push: { token: secret }, request: { headers: { a: secret } } }),
    ],
    ["two levels down", (secret: string) => ({ request: { handshake: { auth: { token: secret } } } })],
  ])("hides secrets %s, in lines and in bindings, and leaves the object alone", (_, fields) => {
    const { logger, lines } = recorded();
    const object = fields("hunter2");
    logger.info(object, "by mistake");
    logger.child(object).info("by mistake");
    expect(lines).toHaveLength(2);
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines.join("")).toContain("[redacted]");
    expect(object).toEqual(fields("hunter2"));
  });

  it("writes the type, code and stack of an error and its causes, and no other property", () => {
    const { logger, lines } = recorded();
    const cause = Object.assign(new TypeError("socket closed"), { request: "hunter2" });
    const error = Object.assign(new Error("send failed", { cause }), {
      code: "unavailable",
      config: "hunter2",
    });
    logger.error({ err: error }, "refused");
    logger.error(error);
    for (const line of lines) {
      expect(line).not.toContain("hunter2");
      const { err } = JSON.parse(line);
      expect(err).toMatchObject({ type: "Error", code: "unavailable" });
      expect(err.stack).toContain("TypeError: socket closed");
    }
    expect(lines).toHaveLength(2);
  });

  describe("for Google Cloud Logging", () => {
    const cloud = (project?: string) => recorded({ level: "trace", format: "cloudLogging", project });

    it.each([
      ["trace", "DEBUG"],
      ["debug", "DEBUG"],
      ["info", "INFO"],
      ["warn", "WARNING"],
      ["error", "ERROR"],
      ["fatal", "CRITICAL"],
    ] as const)("gives the level %s the severity %s", (level, severity) => {
      const { logger, lines } = cloud();
      logger[level]({ bytes: 7 }, "accepted");
      const { time, ...rest } = JSON.parse(lines[0] as string);
      expect(rest).toEqual({ severity, level, service: "api", bytes: 7, message: "accepted" });
      expect(new Date(time).toISOString()).toBe(time);
    });

    it("names the trace of a message", () => {
      const { logger, lines } = cloud("acme");
      logger.info({ id: ID }, "about a message");
      logger.info({ id: "of a publisher's own" }, "about no message");
      const [line, other] = lines.map((each) => JSON.parse(each));
      expect(line).toMatchObject({
        id: ID,
        "logging.googleapis.com/trace": `projects/acme/traces/${TRACE_ID}`,
      });
      expect(line).not.toHaveProperty("trace_id");
      expect(Object.keys(other).join()).not.toContain("googleapis");
    });

    it("hides secrets, and keeps errors, as in other formats", () => {
      const { logger, lines } = cloud();
      logger
        .child({ token: "hunter2" })
        .error({ request: { headers: "hunter2" }, err: new TypeError("closed") });
      expect(lines[0]).not.toContain("hunter2");
      const line = JSON.parse(lines[0] as string);
      expect(line).toMatchObject({ severity: "ERROR", err: { type: "TypeError" }, message: "closed" });
    });
  });

  it("writes coloured lines to a terminal", async () => {
    const { logger, lines } = recorded({ pretty: true });
    logger.info({ id: "m1", token: "hunter2" }, "accepted");
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const text = lines.join("");
    expect(text).toContain("accepted");
    expect(text).toContain("m1");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain('{"level"');
  });
});
