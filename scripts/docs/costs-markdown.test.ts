import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { withCosts } from "./costs-markdown.ts";

it("is what `npm run docs` writes", () => {
  const document = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  expect(document).toBe(withCosts(document));
});
