import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { errorsMarkdown } from "./errors-markdown.ts";

it("is what `npm run docs` writes", () => {
  const file = new URL("../../docs/errors.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(errorsMarkdown());
});
