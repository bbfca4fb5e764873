import { API_SETTINGS } from "@dumbwaiter/api/config";
import { PROCESSOR_SETTINGS } from "@dumbwaiter/processor/config";
import { REALTIME_SETTINGS } from "@dumbwaiter/realtime/config";
import { fileVariable, LIMITS, TRACING } from "@dumbwaiter/service/settings";
import { describe, expect, it } from "@jest/globals";
import { INSTALLATIONS } from "../../../testing/installations.ts";
import { MINIMAL } from "../../../testing/variants.ts";
import { containerOf, type Deployment, environmentOf, objectOf } from "../../../testing/workload.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import { parseProps } from "../../spec/parse-props.ts";
import { mebibytes } from "../../spec/quantities.ts";
import { RESERVED_VARIABLES } from "../../spec/reserved-names.ts";
import { COMPONENTS } from "../../spec/routing-service-props.ts";
import { containerConfig } from "./container-config.ts";
import { preStopSeconds } from "./stop-times.ts";

const SETTINGS = { api: API_SETTINGS, processor: PROCESSOR_SETTINGS, realtime: REALTIME_SETTINGS };

/** Read by Node and by Google's clients, not by us. */
const RUNTIME = ["NODE_OPTIONS", "METADATA_SERVER_DETECTION"];

/** Not set by every installation: the default suits pods, or the spec does not ask for it. */
const OPTIONAL = [
  "HOST",
  "READINESS_DELAY_SECONDS",
  ...TRACING.map(({ name }) => name),
  "LOG_FORMAT",
  "AUTH_USER_CLAIM",
  "AUTH_DEVICE_CLAIM",
  "AUTH_ADDITIONAL_ISSUERS",
  "REDIS_AUTHENTICATION",
  "REDIS_CA_FILE",
  "FIRESTORE_ENDPOINT",
  "PUBSUB_ENDPOINT",
  "FIRESTORE_EMULATOR_HOST",
  "PUBSUB_EMULATOR_HOST",
  ...LIMITS.flatMap((limit) => ("fieldDefault" in limit ? [limit.name] : [])),
];

const GATEWAY = { kind: "gateway", host: "h", tlsSecret: "tls" };

const EACH = INSTALLATIONS.flatMap((installation) =>
  COMPONENTS.map((component) => ({ title: `${installation.name}: ${component}`, installation, component })),
);

describe("the environment of a container", () => {
  it.each(EACH)("$title sets what the service reads, and nothing else", ({ installation, component }) => {
    const added =
      templateOf(installation.props.spec, component).container?.env?.map(({ name }) => name) ?? [];
    const set = [...environmentOf(installation, component).keys()].filter(
      (name) => ![...RUNTIME, ...added].includes(name),
    );
    const read = SETTINGS[component].variables.map(({ name, secret }) =>
      secret && !set.includes(name) ? fileVariable(name) : name,
    );
    expect(set.filter((name) => !read.includes(name))).toEqual([]);
    expect(read.filter((name) => !set.includes(name) && !OPTIONAL.includes(name))).toEqual([]);
  });

  it.each(EACH)("$title is accepted by the service", ({ installation, component }) => {
    const environment = new Map(environmentOf(installation, component));
    // What the kubelet would read from the Secret, or mount.
    if (environment.get("REDIS_URL") === "secret" || environment.delete("REDIS_URL_FILE"))
      environment.set("REDIS_URL", "rediss://:secret@redis");
    const config = SETTINGS[component].load(Object.fromEntries(environment));
    const { spec } = installation.props;
    const { drainMs = 0, graceMs } = config.shutdown as { drainMs?: number; graceMs: number };
    const stopSeconds = preStopSeconds(spec, component) + (drainMs + graceMs) / 1000;
    const pod = objectOf<Deployment>(installation, "Deployment", component).spec.template.spec;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(stopSeconds);
  });

  it("has no variable that a template may set", () => {
    const read = COMPONENTS.flatMap((component) =>
      SETTINGS[component].variables.flatMap(({ name, secret }) =>
        secret ? [name, fileVariable(name)] : [name],
      ),
    );
    expect([...new Set([...read, ...RUNTIME])].sort()).toEqual(RESERVED_VARIABLES);
  });

  it.each([
    ["nothing", { kind: "none" }, undefined, "false"],
    ["a Gateway of GKE", GATEWAY, undefined, "2"],
    ["another Gateway", { ...GATEWAY, className: "istio" }, undefined, "1"],
    ["an Ingress of GKE", { kind: "ingress", host: "h", className: "gce-internal" }, undefined, "2"],
    ["another Ingress", { kind: "ingress", host: "h", className: "nginx" }, undefined, "1"],
    ["what the spec says", GATEWAY, "3", "3"],
  ] as const)("trusts the proxies of %s", (_name, route, trustProxy, expected) => {
    const http = trustProxy === undefined ? {} : { trustProxy };
    const props = parseProps("dumbwaiter", "messages", { ...MINIMAL, route, http });
    for (const component of ["api", "realtime"] as const) {
      expect(containerConfig(props, component)).toMatchObject({ TRUST_PROXY: expected });
    }
    expect(containerConfig(props, "processor")).not.toHaveProperty("TRUST_PROXY");
  });

  it.each(EACH)("$title leaves memory for more than the heap", ({ installation, component }) => {
    const options = environmentOf(installation, component).get("NODE_OPTIONS") ?? "";
    const [, oldSpace, semiSpace] =
      /^--max-old-space-size=(\d+) --max-semi-space-size=(\d+)$/.exec(options) ?? [];
    const limit = mebibytes(containerOf(installation, component).resources.limits.memory ?? "");
    expect(Number(oldSpace) / limit).toBeGreaterThan(0.5);
    expect((Number(oldSpace) + 3 * Number(semiSpace)) / limit).toBeLessThan(0.85);
  });
});
