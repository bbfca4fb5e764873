import { REFERENCES_ANNOTATION } from "@dumbwaiter/infra";
import { describe, expect, it } from "@jest/globals";
import { annotated, podReferencesOf, referencesText, referenceVersion } from "./pod-references.ts";

const metadata = { name: "a", namespace: "n", uid: "u", resourceVersion: "1" };
const deployment = (pod: object, annotations = {}) => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
  spec: { template: { metadata: { annotations }, spec: pod } },
});
const config = (content: object, more: object = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, ...more } },
  ...content,
});

describe("podReferencesOf", () => {
  it("finds what variables and volumes of all containers refer to, once each", () => {
    const container = (name: string) => ({
      name,
      env: [
        { name: "A", valueFrom: { secretKeyRef: { name: "of-a-variable", key: "a" } } },
        { name: "B", valueFrom: { configMapKeyRef: { name: "of-a-variable", key: "b" } } },
        { name: "C", value: "secret" },
      ],
      envFrom: [
        { secretRef: { name: `all-of-${name}` } },
        { prefix: "X_", configMapRef: { name: `all-of-${name}` } },
      ],
    });
    const pod = {
      imagePullSecrets: [{ name: "pull" }],
      serviceAccountName: "account",
      containers: [container("one")],
      initContainers: [container("two")],
      volumes: [
        { name: "a", secret: { secretName: "of-a-volume" } },
        { name: "b", configMap: { name: "of-a-volume" } },
        {
          name: "c",
          projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "projected" } }] },
        },
        { name: "d", emptyDir: {} },
      ],
    };
    const names = ["all-of-one", "all-of-two", "of-a-variable", "of-a-volume", "projected"];
    expect(podReferencesOf(deployment(pod))).toEqual(
      ["ConfigMap", "Secret"].flatMap((kind) => names.map((name) => ({ kind, name }))),
    );
  });
});

describe("the version", () => {
  it("of a ConfigMap changes with its content alone", () => {
    const version = referenceVersion(config({ data: { a: "1" } }));
    expect(referenceVersion(config({ data: { a: "1" } }, { resourceVersion: "2", uid: "v" }))).toBe(version);
    expect(referenceVersion(config({ data: { a: "2" } }))).not.toBe(version);
    expect(referenceVersion(config({ data: { a: "1" }, binaryData: { b: "AA==" } }))).not.toBe(version);
  });

  it("of a Secret changes with each write, and needs no content", () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata };
    const version = referenceVersion(secret);
    expect(referenceVersion({ ...secret, data: { url: "a" } })).toBe(version);
    expect(referenceVersion({ ...secret, metadata: { ...metadata, resourceVersion: "2" } })).not.toBe(
      version,
    );
    expect(referenceVersion({ ...secret, metadata: { ...metadata, uid: "v" } })).not.toBe(version);
  });
});

describe("the annotation", () => {
  const references = [
    { kind: "ConfigMap", name: "ca" },
    { kind: "Secret", name: "redis" },
  ] as const;

  it("holds the version of each reference, and keeps what is not known now", () => {
    const known = referencesText(references, ({ name }) => `of-${name}`);
    expect(known).toBe("ConfigMap/ca=of-ca Secret/redis=of-redis");
    const onlyCa = (reference: { readonly name: string }) => (reference.name === "ca" ? "new" : undefined);
    expect(referencesText(references, onlyCa, known)).toBe("ConfigMap/ca=new Secret/redis=of-redis");
    expect(referencesText(references, onlyCa)).toBe("ConfigMap/ca=new");
    expect(referencesText(references, () => undefined)).toBeUndefined();
    expect(referencesText([], () => "a", known)).toBeUndefined();
  });

  it("stays as it is while a version that it lacks will be known soon", () => {
    const soon = ({ name }: { readonly name: string }) => (name === "ca" ? "new" : null);
    expect(referencesText(references, soon)).toBeUndefined();
    expect(referencesText(references, soon, "ConfigMap/ca=old")).toBe("ConfigMap/ca=old");
    expect(referencesText(references, soon, "ConfigMap/ca=old Secret/redis=old")).toBe(
      "ConfigMap/ca=new Secret/redis=old",
    );
  });

  it("is added to those of the pods", () => {
    expect(annotated(deployment({}, { a: "b" }), "text").spec).toEqual({
      template: { metadata: { annotations: { a: "b", [REFERENCES_ANNOTATION]: "text" } }, spec: {} },
    });
  });
});
