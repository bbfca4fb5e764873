import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import {
  DumbwaiterError,
  ERROR_CODES,
  type ErrorCode,
  InvalidEnvelopeError,
  InvalidRequestError,
  invalidRequest,
  RateLimitedError,
  UnavailableError,
} from "./errors.ts";

describe("errors", () => {
  it.each(Object.entries(ERROR_CODES))(
    "%s is retryable only where waiting may help",
    (code, { status, retryable }) => {
      expect(new DumbwaiterError(code as ErrorCode, "why").retryable).toBe(retryable);
      expect(retryable).toBe(status === 429 || status >= 500);
    },
  );

  it.each([
    [new InvalidEnvelopeError("priority", "why"), "InvalidEnvelopeError", "invalid_envelope"],
    [new InvalidRequestError("invalid_json", "why"), "InvalidRequestError", "invalid_json"],
    [new RateLimitedError(1000), "RateLimitedError", "rate_limited"],
    [new UnavailableError("pubsub"), "UnavailableError", "unavailable"],
  ])("%s is caught by its class, its name and its code", (error, name, code) => {
    expect(error).toBeInstanceOf(DumbwaiterError);
    expect(error).toMatchObject({ name, code });
  });

  it.each([
    ["rate_limited", false],
    ["queue_full", false],
    ["access_key_refused", false],
    ["internal", true],
    ["too_large", true],
  ] as const)("%s has a stack: %p", (code, hasStack) => {
    const { stackTraceLimit } = Error;
    expect(/^ +at /m.test(new DumbwaiterError(code, "why").stack ?? "")).toBe(hasStack);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it("of a dependency keeps the cause out of the message", () => {
    const cause = new Error("ECONNREFUSED 10.0.0.7:8085");
    const error = new UnavailableError("pubsub", cause);
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain("10.0.0.7");
  });

  it.each([
    [{ push: { platform: "fcm", more: 1 } }, "push.more", "Unknown field"],
    [{ more: 1 }, "more", "Unknown field"],
    [{ push: { platform: "pager" } }, "push.platform", expect.stringMatching(/^push\.platform: \S/)],
    [7, undefined, expect.stringMatching(/^the body: \S/)],
  ])("of a schema say what of %j is wrong, and how", (value, path, message) => {
    const platform = z.enum(["fcm", "apns"]);
    const schema = z.strictObject({ push: z.strictObject({ platform }).optional() });
    const error = invalidRequest(schema.safeParse(value).error as z.ZodError, "the body");
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect([error.code, error.path, error.message]).toEqual(["invalid_request", path, message]);
  });
});
