import { describe, expect, it } from "@jest/globals";
import { crdValidators } from "../testing/crd-schemas.ts";
import { INSTALLATIONS, objectsOf } from "../testing/installations.ts";
import { isBuiltInKind } from "./kubernetes-object.ts";

const CUSTOM = INSTALLATIONS.map((installation) => ({
  name: installation.name,
  objects: objectsOf(installation).filter((object) => !isBuiltInKind(object)),
}));

describe("custom resources", () => {
  const validators = crdValidators();

  it.each(CUSTOM)("of $name match their CRDs", ({ objects }) => {
    for (const object of objects) {
      const validate = validators.get(`${object.apiVersion}/${object.kind}`);
      const valid = validate?.(object);
      expect({ kind: object.kind, valid, errors: validate?.errors }).toEqual({
        kind: object.kind,
        valid: true,
        errors: null,
      });
    }
  });

  it("include every kind that we create", () => {
    const kinds = new Set(CUSTOM.flatMap(({ objects }) => objects.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      "BackendConfig",
      "FirestoreField",
      "FrontendConfig",
      "GCPBackendPolicy",
      "GCPGatewayPolicy",
      "Gateway",
      "HTTPRoute",
      "HealthCheckPolicy",
      "IAMPolicyMember",
      "IAMServiceAccount",
      "PodMonitoring",
      "PrometheusRule",
      "PubSubSubscription",
      "PubSubTopic",
      "Rules",
      "ServiceMonitor",
    ]);
  });

  it("are refused with an unknown field, whatever their kind", () => {
    for (const object of CUSTOM.flatMap(({ objects }) => objects)) {
      const validate = validators.get(`${object.apiVersion}/${object.kind}`);
      const spec = { ...(object.spec as object), unknown: true };
      expect({ kind: object.kind, valid: validate?.({ ...object, spec }) }).toMatchObject({ valid: false });
    }
  });

  it("are refused with an unknown field or a value of another type", () => {
    const validate = validators.get("pubsub.cnrm.cloud.google.com/v1beta1/PubSubSubscription");
    const subscription = { spec: { topicRef: { name: "t" }, ackDeadlineSeconds: 10 } };
    expect(validate?.(subscription)).toBe(true);
    expect(validate?.({ spec: { ...subscription.spec, ackDeadlineSeconds: "10s" } })).toBe(false);
    expect(validate?.({ spec: { ...subscription.spec, ackDeadline: 10 } })).toBe(false);
  });
});
