import { PassThrough } from "node:stream";
import { UnavailableError } from "@dumbwaiter/core";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { describe, expect, it } from "@jest/globals";
import { createLogger } from "./logger.ts";
import { codeOf, OutageLog } from "./outage-log.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:6379"), { code: "ECONNREFUSED" });
const denied = Object.assign(new Error("7 PERMISSION_DENIED: not allowed"), { code: 7 });

describe("the log of outages", () => {
  it("says what is away and why, at its begin and at its end, and how long it took", () => {
    const stream = new PassThrough();
    let now = 0;
    const log = new OutageLog(createLogger({ service: "api", level: "info", stream }), () => now);
    log.end("redis");
    log.begin("redis", { dependency: "redis" }, new UnavailableError("redis", refused));
    log.begin("pubsub", { dependency: "pubsub" }, denied);
    now = 20_460;
    log.end("redis");
    log.end("redis");
    const err = expect.objectContaining({ message: expect.stringContaining("10.0.0.1:6379") });
    const redis = { dependency: "redis", code: "ECONNREFUSED", err };
    expect(logLines(stream)).toEqual([
      expect.objectContaining({ ...redis, level: "warn", msg: "dependency unavailable" }),
      expect.objectContaining({ dependency: "pubsub", code: "PERMISSION_DENIED" }),
      expect.objectContaining({ ...redis, level: "info", msg: "dependency recovered", seconds: 20.5 }),
    ]);
  });
});

describe("the code of an error", () => {
  it.each([
    ["its own", refused, "ECONNREFUSED"],
    ["that of its cause", new UnavailableError("redis", refused), "ECONNREFUSED"],
    ["the name that gRPC gives it", new UnavailableError("pubsub", denied), "PERMISSION_DENIED"],
    ["gRPC's number without a name", Object.assign(new Error("too late"), { code: 4 }), "4"],
    ["its own if its cause has none", new UnavailableError("redis", new Error("closed")), "unavailable"],
    ["none", new Error("closed"), undefined],
    ["none of what is no error", "closed", undefined],
  ])("is %s", (_, error, code) => expect(codeOf(error)).toBe(code));
});
