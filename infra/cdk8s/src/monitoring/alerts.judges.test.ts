import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@dumbwaiter/dev-env/cluster";
import { promtoolPath } from "@dumbwaiter/dev-env/tools/promtool";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { type AlertCase, processCases } from "../../testing/alert-cases.ts";
import { MESSAGE_CASES } from "../../testing/alert-cases-of-messages.ts";
import { OBJECTIVE_CASES } from "../../testing/alert-cases-of-objectives.ts";
import { OPERATOR_CASES, OPERATOR_HERE } from "../../testing/alert-cases-of-operator.ts";
import { POD_CASES } from "../../testing/alert-cases-of-pods.ts";
import { INSTALLATIONS } from "../../testing/installations.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { renderRoutingService } from "../render-routing-service.ts";
import { parseProps } from "../spec/parse-props.ts";
import { mebibytes } from "../spec/quantities.ts";
import { alertsOf } from "./alerts.ts";
import { operatorAlerts } from "./operator-alerts.ts";
import { INTERVAL_SECONDS } from "./recording-rule.ts";

const PROPS = parseProps("dumbwaiter", "messages", MINIMAL);
const { replicas, resources } = PROPS.spec.api;
const CASES = [
  ...OBJECTIVE_CASES,
  ...processCases(replicas.max, mebibytes(resources.memory)),
  ...POD_CASES,
  ...MESSAGE_CASES,
];
const OPERATOR_ALERTS = operatorAlerts(OPERATOR_HERE);

interface Rule {
  /** One of the two. */
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: object;
}

interface Rules {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
}

let folder: string;
let promtool: string;

beforeAll(async () => {
  promtool = await promtoolPath();
  folder = await mkdtemp(join(tmpdir(), "alerts-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, stringify(content, { lineWidth: 0 }));
  return path;
}

/** The rules that an installation gets, without annotations, which a test would have to repeat. */
function rulesOf(spec: object): Rule[] {
  const props = parseProps("dumbwaiter", "messages", {
    ...MINIMAL,
    monitoring: { ...spec, system: "prometheusOperator" },
  });
  const rule = renderRoutingService(props).find(({ kind }) => kind === "PrometheusRule");
  const { groups } = (rule as unknown as Rules).spec;
  return groups.flatMap(({ rules }) => rules.map(({ annotations, ...rest }) => rest));
}

const OPERATOR_RULES: readonly Rule[] = OPERATOR_ALERTS.map(({ name, severity, expr, forTime }) => ({
  ...{ alert: name, expr, for: forTime },
  labels: { severity, namespace: "dumbwaiter-system" },
}));

/** What an alert is evaluated with: itself, and what is recorded for it. */
function rulesFor(rules: readonly Rule[], alert: string): Rule[] {
  const own = rules.filter((rule) => rule.alert === alert);
  const isUsed = ({ record, labels }: Rule) =>
    record && own.some(({ expr }) => expr.includes(`${record}{objective="${labels.objective}"`));
  return [...rules.filter(isUsed), ...own];
}

function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)([hms])/g)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * ({ h: 3600, m: 60 }[unit ?? ""] ?? 1),
    0,
  );
}

/** All of them: what fires in between wakes somebody too. */
function evaluationsOf({ from = "0s", at }: Pick<AlertCase, "from" | "at">): string[] {
  const times: string[] = [];
  for (let time = secondsOf(from); time <= secondsOf(at); time += INTERVAL_SECONDS) times.push(`${time}s`);
  return times;
}

/** @throws CommandError with what differs */
async function test(rules: readonly Rule[], cases: readonly AlertCase[]): Promise<void> {
  const labels = new Map(rules.map((rule) => [rule.alert, rule.labels]));
  const testFile = async (alert: string) => {
    const group = { name: "all", interval: `${INTERVAL_SECONDS}s`, rules: rulesFor(rules, alert) };
    const path = await written(`${alert}.rules.yaml`, { groups: [group] });
    const tests = cases
      .filter((each) => each.alert === alert)
      .map(({ when, series, fires, ...times }) => ({
        ...{ name: `${alert}: ${when}`, interval: `${INTERVAL_SECONDS}s` },
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: (fires.length > 0 ? [times.at] : evaluationsOf(times)).map((time) => ({
          ...{ eval_time: time, alertname: alert },
          exp_alerts: fires.map((own) => ({ exp_labels: { ...labels.get(alert), ...own } })),
        })),
      }));
    return written(`${alert}.tests.yaml`, {
      rule_files: [path],
      evaluation_interval: `${INTERVAL_SECONDS}s`,
      tests,
    });
  };
  const alerts = [...new Set(cases.map(({ alert }) => alert))];
  await runCommand(promtool, ["test", "rules", ...(await Promise.all(alerts.map(testFile)))]);
}

describe("promtool", () => {
  it("finds nothing in the rules of all installations, side by side", async () => {
    const groups = INSTALLATIONS.flatMap(({ props }, index) => {
      const monitoring = { ...props.spec.monitoring, system: "prometheusOperator", alerts: true } as const;
      const spec = { ...props.spec, monitoring };
      const objects = renderRoutingService({ ...props, name: `${props.name}-${index}`, spec });
      return (objects.find(({ kind }) => kind === "PrometheusRule") as unknown as Rules).spec.groups;
    }).map((group, index) => ({ ...group, name: `installation ${index}` }));
    const path = await written("all.yaml", { groups });
    const { stdout, stderr } = await runCommand(promtool, ["check", "rules", "--lint-fatal", path]);
    expect(stdout + stderr).not.toMatch(/duplicate/i);
    expect(stdout).toMatch(/SUCCESS: \d{3} rules found/);
  });

  it("has each alert fire on its fault, and stay silent on its neighbours", async () => {
    await test(rulesOf({}), CASES);
  });

  it("has each alert of the operator do the same", async () => {
    await test(OPERATOR_RULES, OPERATOR_CASES);
  });

  it("would tell of an alert that does not fire", async () => {
    const [first] = OBJECTIVE_CASES as [AlertCase];
    await expect(test(rulesOf({}), [{ ...first, fires: [] }])).rejects.toThrow(/FAILED/);
  });

  it("would tell of each alert that fires at once, though it should wait", async () => {
    const rules = [...rulesOf({}), ...OPERATOR_RULES];
    const waiting = new Set(
      rules.flatMap((rule) => (Number.parseInt(rule.for ?? "0", 10) > 0 ? [rule.alert] : [])),
    );
    expect(waiting.size).toBeGreaterThan(20);
    const hasty = rules.map((rule) => (rule.alert ? { ...rule, for: "0m" } : rule));
    const unseen: string[] = [];
    for (const name of waiting) {
      const neighbours = [...CASES, ...OPERATOR_CASES].filter(
        ({ alert, fires }) => alert === name && fires.length === 0,
      );
      await test(hasty, neighbours).then(
        () => unseen.push(name as string),
        (error) => expect(String(error)).toMatch(/FAILED/),
      );
    }
    expect(unseen).toEqual([]);
  });
});

describe("the cases", () => {
  it.each([
    ["of a routing service", alertsOf(PROPS), CASES],
    ["of the operator", OPERATOR_ALERTS, OPERATOR_CASES],
  ] as const)("%s have a fault and a neighbour for every alert", (_, alerts, cases) => {
    const with_ = (fires: boolean) =>
      [...new Set(cases.filter((each) => each.fires.length > 0 === fires).map(({ alert }) => alert))].sort();
    const names = [...new Set(alerts.map(({ name }) => name))].sort();
    expect(with_(true)).toEqual(names);
    expect(with_(false)).toEqual(names);
  });

  it("give each alert the labels that its summary names", () => {
    for (const { name, summary, service } of alertsOf(PROPS)) {
      const named = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label as string);
      for (const { fires } of CASES.filter(({ alert }) => alert === name))
        for (const labels of fires)
          for (const label of named)
            expect(Object.keys({ ...labels, ...(service && { service }) })).toContain(label);
    }
  });
});
