import { operatorAlerts } from "@dumbwaiter/infra";
import { INSTALLATIONS, objectsOf } from "@dumbwaiter/infra/testing/installations";
import { describe, expect, it } from "@jest/globals";
import { readDocument } from "./markdown-document.ts";

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly runbook_url?: string };
}

interface Rules {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
}

const OF_THE_OPERATOR: readonly Rule[] = operatorAlerts("").map(({ name, severity }) => ({
  alert: name,
  labels: { severity },
  annotations: {},
}));

const RULES = INSTALLATIONS.flatMap(
  (installation) =>
    objectsOf(installation)
      .filter(({ kind }) => kind === "Rules" || kind === "PrometheusRule")
      .flatMap((object) => (object as unknown as Rules).spec.groups.flatMap(({ rules }) => rules))
      .filter(({ alert }) => alert), // others record series
).concat(OF_THE_OPERATOR);

const RUNBOOKS = readDocument("docs/operations.md").headings.filter(({ text }) =>
  text.startsWith("Dumbwaiter"),
);

describe("docs/operations.md", () => {
  it("has a runbook for every alert, and for nothing else", () => {
    const alerts = [...new Set(RULES.map(({ alert }) => alert))].sort();
    expect(alerts.length).toBeGreaterThan(10);
    expect(RUNBOOKS.map(({ text }) => text).sort()).toEqual(alerts);
  });

  it("is where the alerts' links lead", () => {
    const anchors = RUNBOOKS.map(({ anchor }) => anchor);
    const urls = RULES.flatMap(({ annotations }) => annotations.runbook_url ?? []);
    expect(urls).not.toHaveLength(0);
    for (const url of urls) expect(anchors).toContain(url.split("#")[1]);
  });

  it("says how fast to look, as the alert does", () => {
    for (const { alert, labels } of RULES) {
      if (labels.severity === "page") continue; // what one spec says
      const said = RUNBOOKS.find(({ text }) => text === alert)?.firstLine.toLowerCase();
      expect(said).toMatch(new RegExp(`^${labels.severity}\\.`));
    }
  });
});
