import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { VERSION } from "../version.ts";
import { chartFiles } from "./chart-files.ts";
import { chartValuesSchema } from "./chart-values.ts";

const CHART = new URL("../../../../charts/dumbwaiter-operator/", import.meta.url);

function fileOf(name: string): string {
  return readFileSync(new URL(name, CHART), "utf8");
}

describe("the chart", () => {
  it.each([...chartFiles()])("has the %s that `npm run synth` writes", (name, text) => {
    expect(fileOf(name)).toBe(text);
  });

  it("has the defaults of the schema as its values", () => {
    expect(parse(fileOf("values.yaml"))).toEqual(chartValuesSchema.parse({}));
  });

  it("has the project's version", () => {
    expect(parse(fileOf("Chart.yaml"))).toMatchObject({ version: VERSION, appVersion: VERSION });
  });
});
