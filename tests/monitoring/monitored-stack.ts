import { sharedFirestoreEmulator, sharedPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { startPrometheus } from "@dumbwaiter/dev-env/servers/prometheus";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { startTraffic } from "@dumbwaiter/dev-env/traffic/traffic";
import { parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { MINIMAL } from "@dumbwaiter/infra/testing/variants";
import { fasterRules, type Group } from "./faster-rules.ts";

/** The clock of rules and scraping runs so many times as fast: it scrapes every 2 s in place of 30. */
const TIMES = 15;

const OWNER = { namespace: "messages", name: "dumbwaiter" };

export interface PanelJson {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

export type MonitoredStack = Awaited<ReturnType<typeof startMonitoredStack>>;

/** The stack under traffic, scraped by a Prometheus with the rules that an installation gets. */
export async function startMonitoredStack() {
  const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
  const link: FaultyLink = await startFaultyLink(firestore.port);
  const stack: Stack = await startStack({
    pubsub,
    firestore: { ...firestore, port: link.port, url: `${firestore.host}:${link.port}` },
    // Nobody listens there.
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  });
  const props = parseProps(OWNER.name, OWNER.namespace, {
    ...MINIMAL,
    monitoring: { system: "prometheusOperator", dashboard: true },
  });
  const objects = renderRoutingService(props) as unknown as {
    kind: string;
    spec: { groups: Group[] };
    data?: Record<string, string>;
  }[];
  const groups = objects.find(({ kind }) => kind === "PrometheusRule")?.spec.groups ?? [];
  const dashboard = objects.flatMap(({ data }) => data?.[`${OWNER.namespace}.${OWNER.name}.json`] ?? []);
  const services = [...stack.api, ...stack.processor, ...stack.realtime];
  const prometheus = await startPrometheus({
    groups: fasterRules(groups, TIMES),
    intervalSeconds: 30 / TIMES,
    targets: services.map(({ name, adminUrl }) => ({
      url: adminUrl,
      labels: {
        namespace: OWNER.namespace,
        routing_service: OWNER.name,
        pod: `${OWNER.name}-${name.replace(/-1$/, "")}-7d9f8c5b4-abcde`,
      },
    })),
  });
  const traffic = await startTraffic(stack, { connected: 4, sendsPerSecond: 10 });

  return {
    stack,
    link,
    prometheus,
    panels: dashboard.flatMap((json) => (JSON.parse(json) as { panels: PanelJson[] }).panels),
    /** PromQL of the dashboard, with its variables filled in. */
    filledIn: (expr: string) =>
      expr
        .replaceAll("$namespace", OWNER.namespace)
        .replaceAll("$routing_service", OWNER.name)
        .replaceAll("$__rate_interval", "15m"),
    /** Names and labels of what fires now. */
    firing: async () => (await prometheus.alerts()).filter(({ state }) => state === "firing"),
    async stop() {
      await traffic.close();
      await prometheus.stop();
      await stack.stop();
      await link.close();
    },
  };
}
