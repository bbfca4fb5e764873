import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { commandLineMarkdown } from "./command-line-markdown.ts";

it("is what `npm run docs` writes", async () => {
  const file = new URL("../../docs/command-line.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(await commandLineMarkdown());
});
