import { readFileSync } from "node:fs";
import { bytes, describeVariable, helpText } from "@dumbwaiter/service/settings";
import { describe, expect, it } from "@jest/globals";
import { ALL_SETTINGS, configurationMarkdown, variablesByGroup } from "./configuration-markdown.ts";

const EACH = ALL_SETTINGS.map((settings) => [settings.service, settings] as const);

describe("the documentation of the configuration", () => {
  it("is what `npm run docs` writes", () => {
    const file = new URL("../../docs/configuration.md", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(configurationMarkdown());
  });

  it("has one row for each variable", () => {
    const rows = configurationMarkdown()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows.map((row) => row.split("`")[1])).toEqual(variablesByGroup().map(({ name }) => name));
    for (const row of rows) expect(row.split("|")).toHaveLength(6);
  });

  it("states the range of each number and size", () => {
    const amounts = variablesByGroup().filter(({ default: raw = "" }) => /^[\d.]+([KMG]iB)?$/.test(raw));
    expect(amounts.length).toBeGreaterThan(20);
    for (const variable of amounts) {
      const [, min = "", max = ""] = /\. (\S+) to (\S+)$/.exec(describeVariable(variable)) ?? [];
      const above = String((max.endsWith("iB") ? bytes(max) : Number(max)) + 1);
      const accepted = [min, max, above].map((raw) => variable.schema.safeParse(raw).success);
      expect({ variable: variable.name, accepted }).toEqual({
        variable: variable.name,
        accepted: [true, true, false],
      });
    }
  });
});

describe("helpText", () => {
  it.each(EACH)("names what %s reads and nothing else, in lines of 100 characters", (_, settings) => {
    const text = helpText(settings);
    const names = [...text.matchAll(/^ {2}([A-Z_]+) \(/gm)].map(([, name]) => name);
    expect(names).toEqual(settings.variables.map(({ name }) => name));
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});

describe("the settings of all services", () => {
  it("name every variable and every setting once", () => {
    const variables = variablesByGroup();
    const names = variables.map(({ name }) => name);
    const keys = variables.map(({ group, key }) => `${group}.${key}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(EACH)("have defaults that %s accepts", (_, { variables }) => {
    for (const { name, schema, default: raw } of variables) {
      if (raw !== undefined)
        expect({ name, ...schema.safeParse(raw) }).toMatchObject({ name, success: true });
    }
  });
});
