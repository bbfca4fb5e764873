import { readFileSync } from "node:fs";
import {
  type ApiAnswer,
  type ApiRequest,
  sharedCluster,
  type TestCluster,
} from "@dumbwaiter/dev-env/cluster";
import { uniqueName } from "@dumbwaiter/dev-env/servers/unique-name";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { ENVIRONMENTS } from "../../environments/index.ts";
import { BREAKING_A_CHANGE, BREAKING_A_FIELD, BREAKING_A_RULE } from "../../testing/broken-specs.ts";
import { MINIMAL, VARIANTS } from "../../testing/variants.ts";
import { parseProps } from "../spec/parse-props.ts";
import type { RoutingServiceSpecInput } from "../spec/routing-service-props.ts";
import { customResourceDefinition, ROUTING_SERVICE } from "./custom-resource-definition.ts";
import type { RoutingServiceStatus } from "./routing-service-status.ts";

const { apiVersion, kind } = ROUTING_SERVICE;
const SPECS: Readonly<Record<string, RoutingServiceSpecInput>> = {
  ...VARIANTS,
  ...Object.fromEntries(ENVIRONMENTS.map(({ id, spec }) => [id, spec])),
};
const STATUS: RoutingServiceStatus = {
  observedGeneration: 1,
  version: "1.2.3",
  lastAppliedHash: "0123456789abcdef",
  conditions: [
    {
      type: "Ready",
      status: "True",
      reason: "AllAvailable",
      message: "All components are available.",
      lastTransitionTime: "2026-11-25T00:00:00Z",
      observedGeneration: 1,
    },
  ],
  components: {
    api: { replicas: 4, readyReplicas: 3, updatedReplicas: 3, rollout: "Progressing" },
    processor: { replicas: 5, readyReplicas: 5, updatedReplicas: 5, rollout: "Complete" },
    realtime: { replicas: 7, readyReplicas: 7, updatedReplicas: 7, rollout: "Pending" },
  },
  inventory: [{ group: "", version: "v1", kind: "Service", name: "dumbwaiter-api" }],
};

let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.apply([customResourceDefinition()]);
  await cluster.untilEstablished("routingservices.dumbwaiter.io");
  namespace = await cluster.namespace();
});

function routingService(spec: unknown, name = "dumbwaiter") {
  return { apiVersion, kind, metadata: { name }, spec };
}

function collection(query = ""): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/routingservices${query}`;
}

/** The API server's answer to a dry run. */
async function dryRun(spec: unknown, name?: string, validation = "Strict"): Promise<ApiAnswer> {
  const request: ApiRequest = { method: "POST", body: routingService(spec, name) };
  return await cluster.request(collection(`?dryRun=All&fieldValidation=${validation}`), request);
}

async function created(spec: unknown = MINIMAL): Promise<string> {
  const name = uniqueName();
  const answer = await cluster.request(collection(), { method: "POST", body: routingService(spec, name) });
  expect(answer.status).toBe(201);
  return name;
}

/** Each field that the API server refuses, and why. */
function causesOf({ body }: ApiAnswer): { field: string; message: string }[] {
  return body.details?.causes ?? [];
}

describe("the API server", () => {
  it.each(Object.entries(SPECS))("gives %s the defaults that parseProps gives", async (_, spec) => {
    const { status, warnings, body } = await dryRun(spec);
    expect({ status, warnings, spec: body.spec }).toEqual({
      status: 201,
      warnings: [],
      spec: parseProps("dumbwaiter", namespace, spec).spec,
    });
  });

  it("says that no operator has seen a new one, so that no tool takes it for healthy", async () => {
    const { body } = await cluster.request(collection(`/${await created()}`));
    expect(body.metadata.generation).toBe(1);
    expect(body.status).toEqual({ observedGeneration: -1 });
  });

  it.each(BREAKING_A_RULE)("refuses %j as parseProps does", async (changes, problem) => {
    const answer = await dryRun({ ...MINIMAL, ...changes });
    expect(answer.status).toBe(422);
    expect(causesOf(answer)).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(problem.source.replace("^", ": "))),
      }),
    ]);
  });

  it.each(BREAKING_A_FIELD)("refuses %j by its field", async (changes, path) => {
    const answer = await dryRun({ ...MINIMAL, ...changes });
    expect(answer.status).toBe(422);
    const field = `spec.${path.replace(/\.(\d+)/g, "[$1]")}`;
    expect(causesOf(answer).map((cause) => cause.field)).toContain(field);
  });

  it("refuses a boolean where it takes numbers and text", async () => {
    const answer = await dryRun({ ...MINIMAL, api: { resources: { cpu: true } } });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain("spec.api.resources.cpu");
  });

  it.each(["a-name-that-is-a-bit-longer-than-forty-letters", "with.dot"])(
    "refuses the name %s",
    async (name) => {
      const answer = await dryRun(MINIMAL, name);
      expect(answer.status).toBe(422);
      expect(answer.body.message).toMatch(/metadata.name/);
    },
  );

  it("refuses an unknown field, or drops it without strict validation", async () => {
    const spec = { ...MINIMAL, unknown: true };
    expect(await dryRun(spec)).toMatchObject({
      status: 400,
      body: { message: /unknown field "spec.unknown"/ },
    });
    const lenient = await dryRun(spec, "dumbwaiter", "Ignore");
    expect(lenient.status).toBe(201);
    expect(lenient.body.spec).not.toHaveProperty("unknown");
  });

  it.each(BREAKING_A_CHANGE)("refuses to change to %j", async (changes, problem, before = {}) => {
    const name = await created({ ...MINIMAL, ...before });
    const path = `${collection()}/${name}`;
    const { body } = await cluster.request(path);
    const replaced = { ...body, spec: { ...MINIMAL, ...changes } };
    const answer = await cluster.request(path, { method: "PUT", body: replaced });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toMatch(new RegExp(problem.source.replace("^", "")));
  });

  it("accepts the example of the documentation as written", async () => {
    const page = readFileSync(new URL("../../../../docs/operator.md", import.meta.url), "utf8");
    const [, example = ""] = page.match(/^```yaml\n(apiVersion: dumbwaiter[^`]*)```/m) ?? [];
    const { kind, spec } = parse(example);
    expect(kind).toBe("RoutingService");
    expect(await dryRun(spec)).toMatchObject({ status: 201, warnings: [] });
  });

  it("accepts any other change", async () => {
    const name = await created();
    const answer = await cluster.request(`${collection()}/${name}`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { spec: { google: { pubsub: { pushTopic: "another" } }, api: { replicas: { max: 50 } } } },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.metadata.generation).toBe(2);
  });
});

describe("kubectl", () => {
  it("shows readiness and the pods of each component", async () => {
    const name = await created();
    const status = await cluster.request(`${collection()}/${name}/status?fieldManager=operator&force=true`, {
      method: "PATCH",
      contentType: "application/apply-patch+yaml",
      body: { apiVersion, kind, metadata: { name }, status: STATUS },
    });
    expect(status.body.status).toEqual(STATUS);
    expect(status.body.metadata.generation).toBe(1);
    const { stdout } = await cluster.kubectl(["get", "rsvc", name, "-n", namespace, "-o", "wide"]);
    const [head, row] = stdout.trim().split("\n");
    expect(head?.split(/\s{2,}/)).toEqual([
      ...["NAME", "READY", "API", "PROCESSOR", "REALTIME", "VERSION", "REASON", "MESSAGE", "AGE"],
    ]);
    expect(row?.split(/\s{2,}/)).toEqual([
      ...[name, "True", "3", "5", "7", "1.2.3", "AllAvailable", "All components are available."],
      expect.stringMatching(/^\d+s$/),
    ]);
  });

  it("explains every field of a component", async () => {
    const { stdout } = await cluster.kubectl(["explain", "rsvc.spec.realtime"]);
    expect(stdout).toMatchSnapshot();
  });
});
