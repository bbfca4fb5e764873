import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { specMarkdown } from "./spec-markdown.ts";

it("is what `npm run docs` writes", () => {
  const file = new URL("../../docs/routing-service.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(specMarkdown());
});
