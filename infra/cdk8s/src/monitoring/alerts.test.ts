import { describe, expect, it } from "@jest/globals";
import { parser } from "@prometheus-io/lezer-promql";
import { INSTALLATIONS } from "../../testing/installations.ts";
import { metricNames } from "../../testing/metric-names.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { renderRoutingService } from "../render-routing-service.ts";
import { parseProps } from "../spec/parse-props.ts";
import { alertsOf } from "./alerts.ts";
import { routingServiceDashboard } from "./dashboard.ts";
import { limitRecords } from "./limit-records.ts";
import { objectiveRecords } from "./objectives.ts";
import { operatorAlerts } from "./operator-alerts.ts";
import { operatorDashboard } from "./operator-dashboard.ts";
import { seriesOf } from "./series.ts";

/** Values of Grafana's variables. */
const GRAFANA = { $__rate_interval: "1m" };

const OPERATOR = operatorAlerts('namespace="dumbwaiter-system",job="dumbwaiter-operator"');

const OPERATORS_DASHBOARD = operatorDashboard({ namespace: "here", job: "operator", runbookUrl: "" });

const HERE = seriesOf({ name: "dumbwaiter", namespace: "messages" });
const PROPS = parseProps("dumbwaiter", "messages", MINIMAL);
const RECORDS = [...objectiveRecords(HERE), ...limitRecords(PROPS)];

const EXPRESSIONS = [
  ...OPERATOR.map(({ name, expr }) => ({ name, expr })),
  ...INSTALLATIONS.flatMap(({ props }) => alertsOf(props)).map(({ name, expr }) => ({ name, expr })),
  ...RECORDS.map(({ record, expr }) => ({ name: record, expr })),
  ...dashboardLines(),
  ...dashboardLines(OPERATORS_DASHBOARD),
];

function dashboardLines(dashboard = routingServiceDashboard(PROPS)) {
  const { panels } = JSON.parse(dashboard);
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
    for (const { record } of RECORDS) known.add(record);
    const asked = EXPRESSIONS.flatMap(({ expr }) =>
      nodesOf(expr).flatMap(({ type, text }) =>
        type === "Identifier" && text.includes("dumbwaiter") ? [text] : [],
      ),
    );
    expect(asked.length).toBeGreaterThan(EXPRESSIONS.length);
    const missing = asked.filter((name) => !known.has(name.replace(/_(bucket|count|sum)$/, "")));
    expect(missing).toEqual([]);
  });

  it("select one routing service of one namespace", () => {
    for (const { props } of INSTALLATIONS) {
      for (const { expr } of alertsOf(props)) {
        const selectors = nodesOf(expr).filter(({ type }) => type === "VectorSelector");
        expect(selectors).not.toHaveLength(0);
        // What kube-state-metrics tells has the names of objects.
        for (const { text } of selectors)
          expect(text).toMatch(
            text.startsWith("kube_")
              ? new RegExp(`namespace="${props.namespace}",\\w+=~?"${props.name}-`)
              : `namespace="${props.namespace}",routing_service="${props.name}"`,
          );
      }
    }
  });

  it("select what is chosen on the dashboard", () => {
    for (const { expr } of dashboardLines()) {
      const selectors = nodesOf(expr).filter(({ type }) => type === "VectorSelector");
      expect(selectors).not.toHaveLength(0);
      for (const { text } of selectors)
        expect(text).toContain('namespace="$namespace",routing_service="$routing_service"');
    }
  });

  it("select one installation of the operator", () => {
    for (const { expr } of OPERATOR) {
      const selectors = nodesOf(expr).filter(({ type }) => type === "VectorSelector");
      expect(selectors).not.toHaveLength(0);
      for (const { text } of selectors)
        expect(text).toContain('namespace="dumbwaiter-system",job="dumbwaiter-operator"');
    }
    for (const { expr } of dashboardLines(OPERATORS_DASHBOARD))
      for (const { type, text } of nodesOf(expr))
        if (type === "VectorSelector") expect(text).toContain('namespace="$namespace",job="$job"');
  });

  it("are told apart where names and namespaces are almost equal", () => {
    const owners = [
      ["a", "b-c"],
      ["b-c", "a"],
      ["c", "a-b"],
      [`${"n".repeat(39)}a`, "s".repeat(63)],
      [`${"n".repeat(39)}b`, "s".repeat(63)],
    ] as const;
    const dashboards = owners.map(([name, namespace]) =>
      JSON.parse(routingServiceDashboard(parseProps(name, namespace, MINIMAL))),
    );
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(owners.length);
    for (const { uid } of dashboards) expect(uid.length).toBeLessThanOrEqual(40);
    const rules = owners.map(([name, namespace]) => {
      const spec = { ...MINIMAL, monitoring: { system: "prometheusOperator", dashboard: true } } as const;
      const objects = renderRoutingService(parseProps(name, namespace, spec));
      const rule = objects.find(({ kind }) => kind === "PrometheusRule") as unknown as {
        spec: { groups: { rules: { labels: object; annotations?: { summary: string } }[] }[] };
      };
      const rules = rule.spec.groups.flatMap((group) => group.rules);
      const first = rules.find(({ annotations }) => annotations);
      expect(first?.annotations?.summary).toMatch(`${namespace}/${name}: `);
      return JSON.stringify(first?.labels);
    });
    expect(new Set(rules).size).toBe(owners.length);
  });

  it("say which service they are about, if the expression does not", () => {
    for (const { props } of INSTALLATIONS) {
      for (const { name, service, expr } of alertsOf(props)) {
        const keepsIt = /^\w+ by \([^)]*\bservice\b/.test(expr);
        expect([name, keepsIt]).toEqual([name, service === undefined]);
      }
    }
  });

  it("are as the spec says", () => {
    const alertRules = [
      { alert: "DumbwaiterDeadLetters", severity: "page", threshold: 10, for: "30s" },
      { alert: "DumbwaiterSendErrorsFastBurn", threshold: 10 },
      { alert: "DumbwaiterRestarts", enabled: false },
    ];
    const alerts = new Map(
      alertsOf(parseProps("a", "b", { ...MINIMAL, monitoring: { alertRules } })).map((each) => [
        each.name,
        each,
      ]),
    );
    expect(alerts.get("DumbwaiterDeadLetters")).toMatchObject({
      ...{ severity: "page", forTime: "30s", service: "processor" },
      expr: expect.stringMatching(/> 10$/),
    });
    expect(alerts.get("DumbwaiterSendErrorsFastBurn")?.expr).toMatch(/> 0.01 and .* > 0.01 and /);
    expect(alerts.has("DumbwaiterRestarts")).toBe(false);
    expect(alerts.get("DumbwaiterProcessorStuck")?.severity).toBe("critical");
  });

  it("tell shares in percent, as people write them", () => {
    const names = [
      "DumbwaiterNothingProcessed",
      "DumbwaiterNothingDelivered",
      "DumbwaiterHandshakesUnauthenticated",
      "DumbwaiterMemoryNearLimit",
    ];
    const alertRules = names.map((alert) => ({ alert, threshold: 0.29 }));
    const alerts = alertsOf(parseProps("a", "b", { ...MINIMAL, monitoring: { alertRules } }));
    const summaries = alerts.filter(({ name }) => names.includes(name)).map(({ summary }) => summary);
    expect(summaries.length).toBeGreaterThanOrEqual(names.length);
    for (const summary of summaries) expect(summary).toMatch(/ than 29% of /);
  });

  it.each([
    [[{ alert: "DumbwaiterAbsent", threshold: 1 }], /alertRules: only these have a threshold/],
    [[{ alert: "DumbwaiterAbsnt" }], /alertRules.0.alert: Invalid option/],
    [[{ alert: "DumbwaiterAbsent" }, { alert: "DumbwaiterAbsent" }], /must not repeat a alert/],
    [[{ alert: "DumbwaiterAbsent", for: "soon" }], /must be a duration such as 5m/],
  ])("are not changed by %j", (alertRules, problem) => {
    expect(() => parseProps("a", "b", { ...MINIMAL, monitoring: { alertRules } })).toThrow(problem);
  });

  it("have a severity, a duration and a summary", () => {
    for (const alert of [...OPERATOR, ...INSTALLATIONS.flatMap(({ props }) => alertsOf(props))]) {
      expect(alert).toMatchObject({
        name: expect.stringMatching(/^Dumbwaiter[A-Za-z]+$/),
        severity: expect.stringMatching(/^(critical|warning|page)$/),
        forTime: expect.stringMatching(/^\d+m$/),
        summary: expect.stringMatching(/\S/),
      });
    }
  });
});
