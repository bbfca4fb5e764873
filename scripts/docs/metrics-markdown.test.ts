import { readFileSync } from "node:fs";
import { metricNames } from "@dumbwaiter/infra/testing/metric-names";
import { describe, expect, it } from "@jest/globals";
import { metricsMarkdown } from "./metrics-markdown.ts";

describe("the documentation of the metrics", () => {
  it("is what `npm run docs` writes", () => {
    const file = new URL("../../docs/metrics.md", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(metricsMarkdown());
  });

  it("has one row for each metric that is not Node's own", async () => {
    const rows = metricsMarkdown()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const own = [...(await metricNames())].filter((name) => !/^dumbwaiter_(process|nodejs)_/.test(name));
    expect(rows.map((row) => row.split("`")[1])).toEqual(own.toSorted());
    for (const row of rows) expect(row.split("|")).toHaveLength(7);
  });

  it("has labels of unknown values only where no alert counts by them", () => {
    const open = metricsMarkdown().matchAll(/^\| `(\w+)` \| \w+ \| [^|]*\*/gm);
    expect([...open].map(([, name]) => name)).toEqual([
      "dumbwaiter_dependency_up",
      "dumbwaiter_operator_api_request_seconds",
      "dumbwaiter_operator_api_requests_total",
      "dumbwaiter_operator_drift_repairs_total",
      "dumbwaiter_operator_objects_pruned_total",
      "dumbwaiter_operator_watch_errors_total",
    ]);
  });
});
