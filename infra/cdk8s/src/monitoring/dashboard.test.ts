import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../testing/variants.ts";
import { ALERT_NAMES } from "../spec/alert-rules-spec.ts";
import { parseProps } from "../spec/parse-props.ts";
import { routingServiceDashboard } from "./dashboard.ts";

const RUNBOOKS = "https://example.com/operations";

interface PanelJson {
  readonly title: string;
  readonly type: string;
  readonly targets: readonly {
    readonly expr: string;
    readonly instant?: boolean;
    readonly range?: boolean;
  }[];
  readonly fieldConfig: { readonly defaults: { readonly thresholds?: { readonly steps: object[] } } };
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

function dashboardOf(monitoring: object) {
  const props = parseProps("dumbwaiter", "messages", { ...MINIMAL, monitoring });
  const { panels, templating } = JSON.parse(routingServiceDashboard(props)) as {
    panels: PanelJson[];
    templating: { list: { name: string; query: string; current?: { value: string } }[] };
  };
  return {
    panels,
    variables: templating.list,
    panel: (title: string) => panels.find((each) => each.title === title),
  };
}

describe("the dashboard", () => {
  it("begins with its own routing service, and offers the others", () => {
    const { variables } = dashboardOf({});
    expect(variables.map(({ name, current }) => [name, current?.value])).toEqual([
      ["datasource", undefined],
      ["namespace", "messages"],
      ["routing_service", "dumbwaiter"],
    ]);
    expect(variables[2]?.query).toContain('namespace="$namespace"');
  });

  it("has the thresholds of the spec's alerts", () => {
    const alertRules = [{ alert: "DumbwaiterIngressBacklog", threshold: 77 }];
    const { panel } = dashboardOf({ alertRules });
    const steps = panel("Age on the ingress")?.fieldConfig.defaults.thresholds?.steps;
    expect(steps).toEqual([
      { color: "green", value: null },
      { color: "red", value: 77 },
    ]);
    const lag = panel("Event loop lag, p99")?.fieldConfig.defaults.thresholds?.steps;
    expect(lag).toContainEqual({ color: "red", value: 0.25 });
  });

  it("links to runbooks, if the spec says where they are", () => {
    const links = dashboardOf({ runbookUrl: RUNBOOKS }).panels.flatMap((panel) => panel.links);
    expect(links.length).toBeGreaterThan(10);
    for (const { title, url } of links) {
      expect(ALERT_NAMES).toContain(title);
      expect(url).toBe(`${RUNBOOKS}#${title.toLowerCase()}`);
    }
    expect(dashboardOf({}).panels.flatMap((panel) => panel.links)).toEqual([]);
  });

  it("computes error budgets only for now, as each is a sum over 30 days", () => {
    const long = dashboardOf({}).panels.filter(({ targets }) =>
      targets.some(({ expr }) => expr.includes("[30d]")),
    );
    expect(long.map(({ title, type }) => [title, type])).toEqual([
      ["Error budgets left, of 30 days", "stat"],
    ]);
    for (const { instant, range } of long.flatMap(({ targets }) => targets))
      expect([instant, range]).toEqual([true, false]);
  });

  it("gives each panel a title of its own", () => {
    const titles = dashboardOf({}).panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
