import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { helpText } from "../../packages/service/src/settings/help-text.ts";
import { SERVICE_NAMES } from "../../packages/service/src/settings/service-name.ts";
import { envNamesOf, VARIABLES } from "../../packages/service/src/settings/variables.ts";
import { configurationMarkdown } from "./configuration-markdown.ts";

describe("the documentation of the configuration", () => {
  it("is what `npm run docs` writes", () => {
    const file = new URL("../../docs/configuration.md", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(configurationMarkdown());
  });

  it("has one row for each variable", () => {
    const rows = configurationMarkdown()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows.map((row) => row.split("`")[1])).toEqual(VARIABLES.map(({ name }) => name));
    for (const row of rows) expect(row.split("|")).toHaveLength(6);
  });
});

describe("helpText", () => {
  it.each(SERVICE_NAMES)("names what %s reads and nothing else, in lines of 100 characters", (service) => {
    const text = helpText(service);
    const names = [...text.matchAll(/^ {2}([A-Z_]+) \(/gm)].map(([, name]) => name);
    expect(names).toEqual(envNamesOf(service));
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
