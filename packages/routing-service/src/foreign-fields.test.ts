import type { FieldsV1, KubeObject } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import { foreignFieldsOf, variableOf } from "./foreign-fields.ts";
import { COMPONENT_LABEL, FIELD_MANAGER } from "./routing-service.ts";

const LEAF: FieldsV1 = {};
const named = (name: string) => `k:${JSON.stringify({ name })}`;
const inPod = (fields: FieldsV1): FieldsV1 => ({ "f:spec": { "f:template": { "f:spec": fields } } });
const inContainer = (fields: FieldsV1) => inPod({ "f:containers": { [named("api")]: fields } });

const OURS = inContainer({
  ".": LEAF,
  "f:name": LEAF,
  "f:image": LEAF,
  "f:env": { [named("NODE_OPTIONS")]: { "f:name": LEAF, "f:value": LEAF } },
  "f:resources": { "f:requests": { "f:cpu": LEAF } },
});

function object(kind: string, ours: FieldsV1, theirs: FieldsV1, subresource?: string): KubeObject {
  const entry = (manager: string, operation: "Apply" | "Update", fieldsV1: FieldsV1) => ({
    ...{ manager, operation, fieldsV1 },
  });
  const other = entry("somebody", "Update", theirs);
  const managedFields = [
    entry(FIELD_MANAGER, "Apply", ours),
    subresource === undefined ? other : { ...other, subresource },
  ];
  const labels = { [COMPONENT_LABEL]: "api" };
  return { apiVersion: "v1", kind, metadata: { name: "a-api", labels, managedFields } };
}

function deploymentOf(others: Readonly<Record<string, FieldsV1>>): KubeObject {
  const entries = Object.entries({ [FIELD_MANAGER]: OURS, ...others });
  const managedFields = entries.map(([manager, fieldsV1]) => {
    return { manager, operation: manager === FIELD_MANAGER ? "Apply" : "Update", fieldsV1 } as const;
  });
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a-api", managedFields } };
}

const fieldsOf = (theirs: FieldsV1, kind = "Deployment", ours = OURS) =>
  foreignFieldsOf(object(kind, ours, theirs)).map(({ field }) => field);

describe("fields of others", () => {
  const api = '.spec.template.spec.containers[name="api"]';
  it.each<[string, FieldsV1, string[]]>([
    [
      "a variable",
      inContainer({ "f:env": { [named("X")]: { "f:name": LEAF, "f:value": LEAF } } }),
      [`${api}.env[name="X"]`],
    ],
    ["a command", inContainer({ "f:command": LEAF, "f:args": LEAF }), [`${api}.command`, `${api}.args`]],
    ["the host's network", inPod({ "f:hostNetwork": LEAF }), [".spec.template.spec.hostNetwork"]],
    [
      "another container",
      inPod({ "f:containers": { [named("evil")]: { "f:image": LEAF, "f:name": LEAF } } }),
      ['.spec.template.spec.containers[name="evil"]'],
    ],
    [
      "volumes, as a whole if we have none",
      inPod({ "f:volumes": { ".": LEAF, [named("v")]: { "f:name": LEAF } } }),
      [".spec.template.spec.volumes"],
    ],
    ["a paused rollout", { "f:spec": { "f:paused": LEAF } }, [".spec.paused"]],
  ])("are found: %s", (_, theirs, fields) => {
    expect(fieldsOf(theirs)).toEqual(fields);
  });

  it.each<[string, FieldsV1]>([
    ["those that we set to the same", inContainer({ "f:image": LEAF })],
    ["replicas", { "f:spec": { "f:replicas": LEAF } }],
    [
      "a restart's annotation",
      {
        "f:spec": {
          "f:template": {
            "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/restartedAt": LEAF } },
          },
        },
      },
    ],
    ["resources", inContainer({ "f:resources": { "f:limits": { "f:cpu": LEAF } } })],
    ["where pods run", inPod({ "f:nodeSelector": LEAF, "f:tolerations": LEAF })],
  ])("are left to them: %s", (_, theirs) => {
    expect(fieldsOf(theirs)).toEqual([]);
  });

  it("are found in Services, ConfigMaps of components, and identities at Google", () => {
    expect(
      fieldsOf({ "f:spec": { "f:externalIPs": LEAF } }, "Service", { "f:spec": { "f:type": LEAF } }),
    ).toEqual([".spec.externalIPs"]);
    expect(
      fieldsOf({ "f:data": { "f:NODE_OPTIONS": LEAF } }, "ConfigMap", { "f:data": { "f:A": LEAF } }),
    ).toEqual([".data.NODE_OPTIONS"]);
    const annotations = { "f:annotations": { "f:iam.gke.io/gcp-service-account": LEAF, "f:note": LEAF } };
    expect(fieldsOf({ "f:metadata": annotations }, "ServiceAccount", {})).toEqual([
      ".metadata.annotations.iam.gke.io/gcp-service-account",
    ]);
    expect(fieldsOf({ "f:spec": { "f:behavior": LEAF } }, "HorizontalPodAutoscaler", {})).toEqual([]);
  });

  describe("of a list that an ignored manager has, too", () => {
    const volume = (name: string): FieldsV1 => ({ [named(name)]: { "f:name": LEAF } });
    const mesh = inPod({
      "f:volumes": { ".": LEAF, ...volume("mesh") },
      "f:containers": { [named("api")]: { "f:env": { [named("X")]: { "f:name": LEAF } } } },
    });
    const theirs = inPod({ "f:volumes": { ".": LEAF, ...volume("mesh"), ...volume("evil") } });
    const object = deploymentOf({ mesh, somebody: theirs });

    it("are found item by item", () => {
      const found = foreignFieldsOf(object, new Set(["mesh"]));
      expect(found.filter(({ managers }) => managers.includes("somebody"))).toMatchObject([
        { field: '.spec.template.spec.volumes[name="evil"]', managers: ["somebody"] },
      ]);
    });

    it("are found for the ignored one, too: a variable of theirs may override ours", () => {
      const found = foreignFieldsOf(object, new Set(["mesh"]));
      expect(found.filter(({ managers }) => managers.includes("mesh")).map(variableOf)).toEqual([
        undefined,
        "X",
      ]);
    });

    it("are found as a whole if nobody is ignored", () => {
      expect(foreignFieldsOf(object)).toContainEqual(
        expect.objectContaining({ field: ".spec.template.spec.volumes", managers: ["mesh", "somebody"] }),
      );
    });
  });

  it("name their managers, and the variable that they set", () => {
    const [field] = foreignFieldsOf(
      object("Deployment", OURS, inContainer({ "f:env": { [named("X")]: { ".": LEAF } } })),
    );
    expect(field?.managers).toEqual(["somebody"]);
    expect(field && variableOf(field)).toBe("X");
    expect(foreignFieldsOf(object("Deployment", OURS, { "f:spec": { "f:paused": LEAF } }, "status"))).toEqual(
      [],
    );
  });
});
