import { CLOSING_CODES } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { z } from "zod";
import { asyncApiDocument } from "./async-api-document.ts";

const document = asyncApiDocument();
const schemas = document.components.schemas as Record<string, { properties?: object }>;

/** Of a schema, with what it refers to. */
const validator = (name: string) =>
  z.fromJSONSchema({
    $ref: `#/$defs/${name}`,
    $defs: JSON.parse(JSON.stringify(schemas).replaceAll("#/components/schemas/", "#/$defs/")),
  } as Parameters<typeof z.fromJSONSchema>[0]);

it("the events' examples are valid", () => {
  for (const { payload, examples } of Object.values(document.components.messages)) {
    for (const { payload: args } of examples) {
      expect(args.length).toBeGreaterThanOrEqual(payload.minItems);
      expect(args.length).toBeLessThanOrEqual(payload.maxItems);
      for (const [at, argument] of args.entries()) {
        const name = payload.items?.[at]?.$ref.split("/").at(-1) as string;
        expect([name, validator(name).safeParse(argument).error]).toEqual([name, undefined]);
      }
    }
  }
});

it("what clients send is exact, what they get is open", () => {
  const later = { later: { field: 1 } };
  expect(validator("Token").safeParse({ token: "t", ...later }).success).toBe(false);
  expect(validator("Closing").safeParse({ code: "of_later", retryable: true, ...later }).success).toBe(true);
  const error = { code: "of_later", message: "m", retryable: false, ...later };
  expect(validator("Failure").safeParse({ ok: false, error }).success).toBe(true);
  expect(validator("Failure").safeParse({ ok: true, error }).success).toBe(false);
});

it("every closing code has its action", () => {
  const { description } = document.operations.announceClosing as { description: string };
  for (const [code, { action }] of Object.entries(CLOSING_CODES)) {
    expect(description).toMatch(new RegExp(`^- \`${code}\`: .*${action}`, "m"));
  }
});
