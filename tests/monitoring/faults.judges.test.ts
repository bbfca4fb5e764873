import { setTimeout as sleep } from "node:timers/promises";
// Bare: the SDK would wait longer after each refusal, and then not come back.
import { connectClient } from "@dumbwaiter/dev-env/observe/test-client";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import type { Sample } from "@dumbwaiter/dev-env/servers/prometheus";
import { startDevIssuer } from "@dumbwaiter/dev-env/stack/service-process";
import { until, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { io } from "socket.io-client";
import { readDocument } from "../docs/markdown-document.ts";
import { type MonitoredStack, startMonitoredStack } from "./monitored-stack.ts";

const TIMEOUT_MS = 600_000;
const WITHIN_MS = 240_000;

/** What a slow machine raises. */
const OF_THE_MACHINE = /EventLoopLag|DeliverySlow|IngressBacklog|MemoryNearLimit/;

let monitored: MonitoredStack;

beforeAll(async () => {
  monitored = await startMonitoredStack();
}, TIMEOUT_MS);
afterAll(() => monitored?.stop(), TIMEOUT_MS);

interface Fault {
  readonly fault: string;
  /** Each alert that must fire, with some of its labels. */
  readonly alerts: readonly (readonly [name: string, labels: Readonly<Record<string, string>>])[];
  /** The line in the log of a service, and what it says besides; nobody logs that it was killed. */
  readonly log?: readonly [service: "api" | "processor" | "realtime", message: string, says: string];
  /** @returns what mends it */
  readonly strike: () => Promise<() => Promise<unknown>>;
}

const mended = async () => {};
const service = (name: "api" | "processor" | "realtime") => {
  const [first] = monitored.stack[name];
  if (first === undefined) throw new Error(`no ${name}`);
  return first;
};

/** Asks twice a second. */
async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  return until(() => sleep(500).then(read), holds, WITHIN_MS);
}

/** A call of Pub/Sub's REST API. */
async function pubsub(method: string, path: string, body?: object): Promise<void> {
  const { env, pubsub: emulator } = monitored.stack;
  const url = `http://${emulator.url}/v1/projects/${env.GOOGLE_CLOUD_PROJECT}/${path}`;
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** Again and again, as many clients would, until it is mended. */
function repeat(work: () => Promise<unknown>): () => Promise<unknown> {
  let goesOn = true;
  const working = (async () => {
    while (goesOn) await Promise.all([work().catch(() => {}), sleep(250)]);
  })();
  return () => {
    goesOn = false;
    return working;
  };
}

const FAULTS: readonly Fault[] = [
  {
    fault: "a record that can never be processed",
    alerts: [["DumbwaiterDeadLetters", { code: "invalid_attributes" }]],
    log: ["processor", "record dead-lettered", '"code":"invalid_attributes"'],
    async strike() {
      const messages = [{ data: "AAAA", attributes: { v: "1" } }];
      await pubsub("POST", "topics/dumbwaiter-ingress:publish", { messages });
      return mended;
    },
  },
  {
    fault: "tokens of an issuer that is another one",
    alerts: [["DumbwaiterHandshakesUnauthenticated", { service: "realtime" }]],
    log: ["realtime", "handshake refused", '"code":"unauthenticated"'],
    async strike() {
      const issuer = await startDevIssuer();
      const { url } = service("realtime");
      const user = new WireUser("mallory", { api: "", realtime: url, issuer: issuer.url });
      const stopConnecting = repeat(async () => connectClient(url, { token: await user.token() }));
      return async () => {
        await stopConnecting();
        await issuer.stop();
      };
    },
  },
  {
    fault: "Firestore cannot be reached",
    alerts: [
      ["DumbwaiterPullErrorsFastBurn", { service: "api" }],
      ["DumbwaiterHandshakeErrorsFastBurn", { service: "realtime" }],
      ["DumbwaiterProcessingHeldUp", {}],
      ["DumbwaiterDependencyDown", { dependency: "firestore", service: "api" }],
    ],
    log: ["api", "dependency unavailable", '"dependency":"firestore"'],
    async strike() {
      const { url } = service("realtime");
      const user = new WireUser("new", { api: "", realtime: url, issuer: monitored.stack.issuer.url });
      const token = await user.token();
      monitored.link.drop();
      const clients = Array.from({ length: 10 }, () =>
        io(url, { transports: ["websocket"], forceNew: true, auth: { token }, reconnectionDelayMax: 1_000 }),
      );
      return async () => {
        monitored.link.mend();
        for (const client of clients) client.close();
      };
    },
  },
  {
    fault: "Redis is stopped",
    alerts: [["DumbwaiterDependencyDown", { dependency: "redis" }]],
    log: ["processor", "dependency unavailable", '"dependency":"redis"'],
    async strike() {
      const redis = monitored.stack.processes.get("redis");
      await redis?.kill();
      return async () => redis?.restart();
    },
  },
  {
    fault: "the subscription is deleted",
    alerts: [
      ["DumbwaiterIngressLost", {}],
      ["DumbwaiterGoogleSetupFault", { code: "NOT_FOUND" }],
    ],
    log: ["processor", "", "NOT_FOUND"],
    async strike() {
      await pubsub("DELETE", "subscriptions/dumbwaiter-processor");
      const { GOOGLE_CLOUD_PROJECT: project } = monitored.stack.env;
      const topic = `projects/${project}/topics/dumbwaiter-ingress`;
      return () => pubsub("PUT", "subscriptions/dumbwaiter-processor", { topic });
    },
  },
  {
    fault: "the processor is killed",
    alerts: [
      ["DumbwaiterAbsent", { service: "processor" }],
      ["DumbwaiterPodDown", { service: "processor" }],
      ["DumbwaiterNothingProcessed", {}],
    ],
    async strike() {
      await service("processor").kill();
      return () => service("processor").restart();
    },
  },
];

describe("under traffic", () => {
  it(
    "no alert fires, though a client sends more than its limit and no collector takes spans",
    async () => {
      await eventually(
        () => monitored.prometheus.query("sum(rate(dumbwaiter_realtime_messages_delivered_total[20s])) > 1"),
        (result) => result.length > 0,
      );
      const { stack } = monitored;
      const at = { api: service("api").url, realtime: service("realtime").url, issuer: stack.issuer.url };
      const [eager, other] = [new WireUser(uniqueName("eager"), at), new WireUser(uniqueName("other"), at)];
      (await connectClient(at.realtime, { token: await eager.token() })).socket.disconnect();
      await Promise.allSettled(Array.from({ length: 400 }, () => eager.send(other)));
      await eventually(
        () => monitored.prometheus.query('sum(dumbwaiter_api_refusals_total{code="rate_limited"}) > 0'),
        (result) => result.length > 0,
      );
      const names = (await monitored.firing()).map(({ labels }) => labels.alertname as string);
      expect(names.filter((name) => !OF_THE_MACHINE.test(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(FAULTS)(
    "the alerts fire where $fault",
    async ({ fault, alerts, log, strike }) => {
      const isOne = (labels: Readonly<Record<string, string>>, [name, own]: Fault["alerts"][number]) =>
        labels.alertname === name && Object.entries(own).every(([label, value]) => labels[label] === value);
      const before = await monitored.firing();
      for (const alert of alerts) expect(before.filter(({ labels }) => isOne(labels, alert))).toEqual([]);

      const startedAt = performance.now();
      const mend = await strike();
      const tookSeconds = await Promise.all(
        alerts.map(async (alert) => {
          await eventually(
            () => monitored.firing(),
            (firing) => firing.some(({ labels }) => isOne(labels, alert)),
          );
          return Math.round((performance.now() - startedAt) / 1000);
        }),
      ).finally(mend);
      if (log) {
        const [logger, message, says] = log;
        const lines = (await service(logger).log(4_000_000)).split("\n");
        expect(lines.find((line) => line.includes(message) && line.includes(says))).toBeDefined();
      }
      const row = `| ${fault} | ${alerts.map(([name], index) => `${name} ${tookSeconds[index]} s`).join(", ")} |`;
      process.stdout.write(`${row}\n`);
    },
    TIMEOUT_MS,
  );

  it(
    "every query of the dashboard returns data",
    async () => {
      const isNumber = ({ value: [, value] }: Sample) => value !== "NaN";
      const empty = async () => {
        const all = monitored.panels.flatMap(({ title, targets }) =>
          targets.map(async ({ expr }) => {
            const result = await monitored.prometheus.query(monitored.filledIn(expr));
            return result.some(isNumber) ? [] : [`${title}: ${expr}`];
          }),
        );
        return (await Promise.all(all)).flat();
      };
      await eventually(empty, (queries) => queries.length === 0).catch(() => {});
      expect(await empty()).toEqual([]);
      expect(monitored.panels.length).toBeGreaterThan(20);
    },
    TIMEOUT_MS,
  );
});

describe("docs/operations.md", () => {
  it("has the table of these faults", () => {
    const text = readDocument("docs/operations.md").text;
    for (const { fault, alerts } of FAULTS) {
      const [, rest = ""] = text.split(`\n| ${fault} |`);
      const [rows] = rest.split(/\n(?!\| \|)/);
      for (const [name] of alerts) expect(rows).toContain(`[${name}](#${name.toLowerCase()})`);
    }
  });
});
