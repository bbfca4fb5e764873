import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLOSING_CODES, ERROR_CODES } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { codeOfStatus, KNOWN_CODES, reactionTo } from "./codes.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, path), "utf8");

describe("the codes", () => {
  it("are those of the README's table, with what the client does", () => {
    const rows = [...read("../README.md").matchAll(/^\| `(\w+)` \| ([\w, ]+) \| (retry|renew|stop) \|/gm)];
    expect(Object.fromEntries(rows.map(([, code, , reaction]) => [code, reaction]))).toEqual(
      Object.fromEntries(KNOWN_CODES.map((code) => [code, reactionTo(code)])),
    );
  });

  it("include each code of the server, and retry what the server calls retryable", () => {
    for (const [code, { status, retryable }] of Object.entries(ERROR_CODES)) {
      expect([code, reactionTo(code) === undefined]).toEqual([code, false]);
      if (retryable) expect([code, reactionTo(code)]).toEqual([code, "retry"]);
      else if (status === 401 && code !== "access_key_refused")
        expect([code, reactionTo(code)]).toEqual([code, "renew"]);
      else if (code !== "too_many_sockets") expect([code, reactionTo(code)]).toEqual([code, "stop"]);
    }
  });

  it("include each code with which the server closes a connection", () => {
    for (const [code, { retryable }] of Object.entries(CLOSING_CODES)) {
      const expected = retryable ? "retry" : code === "token_expired" ? "renew" : "stop";
      expect([code, reactionTo(code)]).toEqual([code, expected]);
    }
  });

  it("are found by the status if an answer has none", () => {
    expect([401, 408, 429, 500, 502, 503, 504].map(codeOfStatus)).toEqual([
      "unauthenticated",
      "timeout",
      "rate_limited",
      "internal",
      "unavailable",
      "unavailable",
      "unavailable",
    ]);
    expect([302, 400, 404].map(codeOfStatus)).toEqual(Array(3).fill("unexpected_response"));
  });

  it("do not include what every object has", () => {
    expect(reactionTo("constructor")).toBeUndefined();
  });
});
