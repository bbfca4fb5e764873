import { describe, expect, it } from "@jest/globals";
import type { KubeObject } from "./kube-object.ts";
import { appliedBy, fieldPaths, ownersOf } from "./managed-fields.ts";

const OBJECT: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "api",
    managedFields: [
      {
        manager: "us",
        operation: "Apply",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
          "f:spec": {
            "f:template": {
              "f:spec": { "f:containers": { 'k:{"name":"api"}': { ".": {}, "f:image": {}, "f:name": {} } } },
            },
          },
        },
      },
      { manager: "us", operation: "Update", subresource: "status", fieldsV1: { "f:status": {} } },
      {
        manager: "hpa",
        operation: "Update",
        subresource: "scale",
        fieldsV1: { "f:spec": { "f:replicas": {} } },
      },
    ],
  },
};

describe("managed fields", () => {
  it("are converted to paths", () => {
    expect(fieldPaths(appliedBy(OBJECT, "us")?.fieldsV1)).toEqual([
      ".metadata.labels.app",
      '.spec.template.spec.containers[name="api"].image',
      '.spec.template.spec.containers[name="api"].name',
    ]);
    expect(fieldPaths({ "f:data": { ".": {} } })).toEqual([".data"]);
    expect(fieldPaths({})).toEqual([]);
    expect(fieldPaths({ "f:finalizers": { 'v:"a/b"': {} } })).toEqual(['.finalizers["a/b"]']);
  });

  it("say who owns a field, including through a subresource", () => {
    expect(ownersOf(OBJECT, ".spec.replicas", "us").map(({ manager }) => manager)).toEqual(["hpa"]);
    expect(ownersOf(OBJECT, ".metadata.labels.app", "us")).toEqual([]);
  });
});
