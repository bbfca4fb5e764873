import { STATUS_CODES } from "node:http";
import { ERROR_CODES, type ErrorCode } from "@dumbwaiter/core";
import { expect } from "@jest/globals";

/** Checks everything that a problem must have, and returns its body. */
export async function expectProblem(response: Response, code: ErrorCode, path?: string) {
  const problem = await response.json();
  const { status } = ERROR_CODES[code];
  expect(problem).toEqual({
    type: "about:blank",
    title: STATUS_CODES[status],
    status,
    detail: expect.stringMatching(/\w/),
    code,
    ...(path === undefined ? {} : { path }),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.has("www-authenticate")).toBe(status === 401);
  expect(response.headers.has("allow")).toBe(status === 405);
  const waits = status === 429 || status === 503;
  expect(response.headers.get("retry-after") ?? "").toMatch(waits ? /^[1-9]\d*$/ : /^$/);
  return problem;
}
