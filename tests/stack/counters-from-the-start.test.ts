import { readFileSync } from "node:fs";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

/** What no service has that the embedded process runs, and what is always 1. */
const LEFT_OUT = /_(google|operator)_|_info$/;

/** The name and the labels of each metric whose labels have known values, as documented. */
const LABELLED = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8")
  .split("\n")
  .flatMap((row) => {
    const [, name = "", , labels = ""] = row.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    const isOurs = labels !== "" && !labels.includes("*") && !LEFT_OUT.test(name);
    return name.startsWith("dumbwaiter_") && isOurs ? [{ name, labels: labels.split(", ") }] : [];
  });

describe("the metrics of a process that has just started", () => {
  let embedded: EmbeddedProcess;
  let text: string;

  beforeAll(async () => {
    embedded = await startEmbedded();
    text = await (await fetch(`${embedded.admin}/metrics`)).text();
  });
  afterAll(() => embedded?.stop());

  it("are documented with their labels", () => expect(LABELLED.length).toBeGreaterThan(5));

  it.each(LABELLED)("have every series of $name at 0", ({ name, labels }) => {
    const series = [...text.matchAll(new RegExp(`^${name}(?:_count)?\\{(.*)\\} (\\S+)$`, "gm"))];
    expect(series.length).toBeGreaterThan(1);
    for (const [, names = "", value] of series) {
      for (const label of labels) expect(names).toContain(`${label}="`);
      expect(value).toBe("0");
    }
  });
});
