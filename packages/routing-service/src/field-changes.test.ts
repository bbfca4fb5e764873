import type { KubeObject } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import { fieldChanges } from "./field-changes.ts";

const port = (containerPort: number, hostPort?: number) => ({ containerPort, protocol: "TCP", hostPort });
const env = (...names: string[]) => names.map((name) => ({ name, value: "1" }));

function deployment(container: object, metadata: object = {}): KubeObject {
  const steps = (...items: object[]) =>
    Object.fromEntries(items.map((item) => [`k:${JSON.stringify(item)}`, { ".": {} }]));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      ...{ name: "api", resourceVersion: String(Math.random()), ...metadata },
      managedFields: [
        {
          manager: "us",
          operation: "Apply",
          fieldsV1: {
            "f:spec": {
              "f:containers": {
                'k:{"name":"api"}': {
                  "f:env": steps({ name: "A" }),
                  "f:ports": steps({ containerPort: 80, protocol: "TCP" }),
                },
              },
            },
          },
        },
      ],
    },
    spec: { containers: [{ name: "api", ...container }] },
    status: { replicas: Math.random() },
  };
}

describe("field changes", () => {
  it("have the paths that the API server writes", () => {
    const before = deployment({ image: "a", env: env("A", "B"), ports: [port(80)], args: ["x"] });
    const after = deployment({ image: "b", env: env("B", "C"), ports: [port(80, 8080)], args: ["x", "y"] });
    expect(fieldChanges(before, after)).toEqual([
      { field: '.spec.containers[name="api"].image', before: "a", after: "b" },
      { field: '.spec.containers[name="api"].env[name="A"]', before: { name: "A", value: "1" } },
      { field: '.spec.containers[name="api"].env[name="C"]', after: { name: "C", value: "1" } },
      { field: '.spec.containers[name="api"].ports[containerPort=80,protocol="TCP"].hostPort', after: 8080 },
      { field: '.spec.containers[name="api"].args', before: ["x"], after: ["x", "y"] },
    ]);
  });

  it("include the order of a list's items, which may replace pods", () => {
    const changes = fieldChanges(deployment({ env: env("A", "B", "C") }), deployment({ env: env("C", "A") }));
    expect(changes).toEqual([
      { field: '.spec.containers[name="api"].env[name="B"]', before: { name: "B", value: "1" } },
      {
        ...{ field: '.spec.containers[name="api"].env', isOrder: true },
        ...{ before: ['name="A"', 'name="C"'], after: ['name="C"', 'name="A"'] },
      },
    ]);
  });

  it("leave out fields that the API server and kubectl maintain themselves", () => {
    const note = (value: string) => ({
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": value, "example.org/a.b": value },
    });
    expect(fieldChanges(deployment({}, note("1")), deployment({}, note("2")))).toEqual([
      { field: ".metadata.annotations.example.org/a.b", before: "1", after: "2" },
    ]);
    const first = { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } };
    expect(fieldChanges(deployment({}), deployment({}, first))).toEqual([]);
  });
});
