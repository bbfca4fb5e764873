import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../testing/variants.ts";
import { templateOf } from "./merge-templates.ts";
import { parseProps } from "./parse-props.ts";
import type { RoutingServiceSpecInput } from "./routing-service-props.ts";

type Template = NonNullable<RoutingServiceSpecInput["template"]>;

/** The template of the api, merged over one of all. */
function merge(template: Template | undefined, own: Template | undefined) {
  const api = own ? { template: own } : {};
  const { spec } = parseProps("dumbwaiter", "messages", {
    ...MINIMAL,
    api,
    ...(template ? { template } : {}),
  });
  expect(templateOf(spec, "processor")).toEqual(template ?? {});
  return templateOf(spec, "api");
}

const CASES: readonly (readonly [string, Template | undefined, Template | undefined, Template])[] = [
  ["nothing", undefined, undefined, {}],
  [
    "one of all",
    { podDisruptionBudget: { minAvailable: 1 } },
    undefined,
    { podDisruptionBudget: { minAvailable: 1 } },
  ],
  [
    "one of a component",
    undefined,
    { podDisruptionBudget: { minAvailable: 1 } },
    { podDisruptionBudget: { minAvailable: 1 } },
  ],
  [
    "maps by key",
    { pod: { metadata: { labels: { a: "1", b: "1" }, annotations: { x: "1" } } } },
    { pod: { metadata: { labels: { b: "2", c: "2" } } } },
    { pod: { metadata: { labels: { a: "1", b: "2", c: "2" }, annotations: { x: "1" } } } },
  ],
  [
    "variables by name, each as a whole",
    { container: { env: [variableOf("A", "1"), variableOf("B", "1")] } },
    {
      container: {
        env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }, variableOf("C", "2")],
      },
    },
    {
      container: {
        env: [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          variableOf("B", "1"),
          variableOf("C", "2"),
        ],
      },
    },
  ],
  [
    "sources of variables one after the other, so that the component's count",
    { container: { envFrom: [{ secretRef: { name: "a" } }] } },
    { container: { envFrom: [{ secretRef: { name: "b" } }] } },
    { container: { envFrom: [{ secretRef: { name: "a" } }, { secretRef: { name: "b" } }] } },
  ],
  [
    "mounts by path",
    { container: { volumeMounts: [{ name: "a", mountPath: "/a" }] } },
    { container: { volumeMounts: [{ name: "b", mountPath: "/a" }] } },
    { container: { volumeMounts: [{ name: "b", mountPath: "/a" }] } },
  ],
  [
    "volumes by name",
    { pod: { volumes: [{ name: "a", emptyDir: {} }] } },
    { pod: { volumes: [{ name: "a", secret: { secretName: "a" } }] } },
    { pod: { volumes: [{ name: "a", secret: { secretName: "a" } }] } },
  ],
  [
    "the kinds of affinity each as a whole",
    { pod: { affinity: { nodeAffinity: { a: 1 }, podAffinity: { a: 1 } } } },
    { pod: { affinity: { nodeAffinity: { b: 2 } } } },
    { pod: { affinity: { nodeAffinity: { b: 2 }, podAffinity: { a: 1 } } } },
  ],
  [
    "a disruption budget as a whole",
    { podDisruptionBudget: { minAvailable: 1 } },
    { podDisruptionBudget: { maxUnavailable: "50%" } },
    { podDisruptionBudget: { maxUnavailable: "50%" } },
  ],
  [
    "a security context by key",
    { pod: { securityContext: { fsGroup: 1, runAsUser: 2 } } },
    { pod: { securityContext: { fsGroup: 3 } } },
    { pod: { securityContext: { fsGroup: 3, runAsUser: 2 } } },
  ],
];

describe("a component's template", () => {
  it.each(CASES)("is merged over that of all: %s", (_, all, own, expected) => {
    expect(merge(all, own)).toEqual(expected);
  });
});

function variableOf(name: string, value: string) {
  return { name, value };
}
