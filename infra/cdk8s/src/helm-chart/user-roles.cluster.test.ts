import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { uniqueName } from "@dumbwaiter/dev-env/servers/unique-name";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { rendered } from "../../testing/chart.ts";

const RBAC = "rbac.authorization.k8s.io";
const READING = ["get", "list", "watch"];
const WRITING = ["create", "update", "patch", "delete", "deletecollection"];
const ALLOWED = { view: READING, edit: [...READING, ...WRITING], admin: [...READING, ...WRITING] };
const ROLES = ["view", "edit", "admin"] as const;

let cluster: TestCluster;
let namespace: string;
let applied: readonly string[] = [];
beforeAll(async () => {
  cluster = await sharedCluster();
  namespace = await cluster.namespace();
  await cluster.apply(
    ROLES.map((role) => ({
      ...{ apiVersion: `${RBAC}/v1`, kind: "RoleBinding", metadata: { name: role, namespace } },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: RBAC, kind: "User", name: userOf(role) }],
    })),
  );
});
afterAll(async () => {
  if (applied.length > 0) await cluster.kubectl(["delete", "clusterrole", ...applied]);
});

const userOf = (role: string) => `${role}-of-${namespace}`;

/** The chart's roles for users, under a name of their own. */
async function rolesWith(rbac: object) {
  const objects = await rendered(cluster, namespace, { fullnameOverride: uniqueName("roles"), rbac });
  return objects.filter(
    ({ kind, metadata }) => kind === "ClusterRole" && /-(view|edit|admin)$/.test(metadata.name),
  );
}

/** What the API server lets a user with the role do, of all verbs, with RoutingServices or what `resource` names. */
async function allowed(role: string, resource: object = {}): Promise<string[]> {
  const attributes = { namespace, group: "dumbwaiter.io", resource: "routingservices", ...resource };
  const answers = [...READING, ...WRITING].map(async (verb) => {
    const { body } = await cluster.request("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      method: "POST",
      body: {
        ...{ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
        spec: { user: userOf(role), resourceAttributes: { ...attributes, verb } },
      },
    });
    return body.status.allowed ? [verb] : [];
  });
  return (await Promise.all(answers)).flat();
}

/** The rules of a role of the cluster, with those that are aggregated to it. */
async function rulesOf(role: string): Promise<readonly object[]> {
  return (await cluster.request(`/apis/${RBAC}/v1/clusterroles/${role}`)).body.rules;
}

describe("the chart's roles for users", () => {
  it("are none by default, and none without the right to create roles", async () => {
    const all = { aggregateToView: true, aggregateToEdit: true, aggregateToAdmin: true };
    expect(await rolesWith({})).toEqual([]);
    expect(await rolesWith({ ...all, create: false })).toEqual([]);
    expect(await rolesWith(all)).toHaveLength(ROLES.length);
    for (const role of ROLES) expect(await allowed(role)).toEqual([]);
  });

  it("let those who view a namespace read its RoutingServices, those who edit or administer it write them, and no more", async () => {
    const before = await Promise.all(ROLES.map(rulesOf));
    const all = { aggregateToView: true, aggregateToEdit: true, aggregateToAdmin: true };
    const roles = await rolesWith(all);
    applied = roles.map(({ metadata }) => metadata.name);
    await cluster.apply(roles);
    for (const [index, role] of ROLES.entries()) {
      await eventually(async () => expect(await allowed(role)).toEqual(ALLOWED[role]));
      expect(await allowed(role, { subresource: "status" })).toEqual([]);
      expect(await allowed(role, { namespace: "default" })).toEqual([]);
      expect(await allowed(role, { namespace: "" })).toEqual([]);
      const added = (await rulesOf(role)).filter(
        (rule) => !before[index]?.some((each) => JSON.stringify(each) === JSON.stringify(rule)),
      );
      for (const rule of added) {
        expect(rule).toMatchObject({ apiGroups: ["dumbwaiter.io"], resources: ["routingservices"] });
      }
    }
  });
});
