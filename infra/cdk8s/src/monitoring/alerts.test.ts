import { describe, expect, it } from "@jest/globals";
import { parser } from "@prometheus-io/lezer-promql";
import { INSTALLATIONS } from "../../testing/installations.ts";
import { metricNames } from "../../testing/metric-names.ts";
import { alertsOf } from "./alerts.ts";
import { dashboardJson } from "./dashboard.ts";

/** Values of Grafana's variables. */
const GRAFANA = { $__rate_interval: "1m" };

const EXPRESSIONS = [
  ...INSTALLATIONS.flatMap(({ props }) => alertsOf(props)).map(({ name, expr }) => ({ name, expr })),
  ...dashboardLines(),
];

function dashboardLines() {
  const { panels } = JSON.parse(dashboardJson("dumbwaiter", "messages"));
  return panels.flatMap(({ title, targets }: { title: string; targets: { expr: string }[] }) =>
    targets.map(({ expr }) => ({
      name: title,
      expr: expr.replaceAll("$__rate_interval", GRAFANA.$__rate_interval),
    })),
  );
}

function nodesOf(expr: string): { readonly type: string; readonly text: string }[] {
  const nodes: { type: string; text: string }[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) =>
      void nodes.push({ type: type.isError ? "error" : type.name, text: expr.slice(from, to) }),
  });
  return nodes;
}

describe("alerts and dashboard", () => {
  it("are PromQL", () => {
    const broken = EXPRESSIONS.filter(({ expr }) => nodesOf(expr).some(({ type }) => type === "error"));
    expect(broken).toEqual([]);
    expect(nodesOf("sum(rate(x[5m]) > )").some(({ type }) => type === "error")).toBe(true);
  });

  it("use metrics that the services have", async () => {
    const known = await metricNames();
    const asked = EXPRESSIONS.flatMap(({ expr }) =>
      nodesOf(expr).flatMap(({ type, text }) =>
        type === "Identifier" && text.startsWith("dumbwaiter") ? [text] : [],
      ),
    );
    expect(asked.length).toBeGreaterThan(EXPRESSIONS.length);
    const missing = asked.filter((name) => !known.has(name.replace(/_(bucket|count|sum)$/, "")));
    expect(missing).toEqual([]);
  });

  it("select one namespace", () => {
    for (const { props } of INSTALLATIONS) {
      for (const { expr } of alertsOf(props)) {
        const selectors = nodesOf(expr).filter(({ type }) => type === "VectorSelector");
        expect(selectors).not.toHaveLength(0);
        for (const { text } of selectors) expect(text).toContain(`namespace="${props.namespace}"`);
      }
    }
  });

  it("have a severity, a duration and a summary", () => {
    for (const { props } of INSTALLATIONS) {
      for (const alert of alertsOf(props)) {
        expect(alert).toMatchObject({
          name: expect.stringMatching(/^Dumbwaiter[A-Za-z]+$/),
          severity: expect.stringMatching(/^(critical|warning)$/),
          forTime: expect.stringMatching(/^\d+m$/),
          summary: expect.stringMatching(/\S/),
        });
      }
    }
  });
});
