import { readFileSync } from "node:fs";
import { sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { provisionPubSub, pubSubNames } from "@dumbwaiter/gcp";
import { v1 } from "@google-cloud/pubsub";
import { credentials } from "@grpc/grpc-js";
import { describe, expect, it } from "@jest/globals";
import { INSTALLATIONS, objectsOf } from "../../testing/installations.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { NAMES_OF_010 } from "../../testing/version-010.ts";
import { renderRoutingService } from "../render-routing-service.ts";
import { parseProps } from "../spec/parse-props.ts";
import { COMPONENTS, type RoutingServiceSpecInput } from "../spec/routing-service-props.ts";
import { cloudResources, type Target } from "./cloud-resources.ts";
import { FIRESTORE_INDEXES, firestoreIndexesJson } from "./firestore-indexes.ts";

const ASCENDING = { order: "ASCENDING", queryScope: "COLLECTION" };

const props = parseProps("dumbwaiter", "messages", MINIMAL);
const resources = cloudResources(props);
/** Without the names that derive from its own. */
const unnamed = cloudResources(
  parseProps("dumbwaiter", "messages", { ...MINIMAL, google: { ...MINIMAL.google, pubsub: NAMES_OF_010 } }),
);

function targetOf(on: Target): string {
  return on.kind === "topic" || on.kind === "subscription" ? `${on.kind} ${on.role}` : on.kind;
}

function rightsOf(holder: string): string[] {
  const bindings = resources.bindings.filter((binding) => binding.holder === holder);
  return bindings.map(({ role, on }) => `${role} on ${targetOf(on)}`).sort();
}

describe("cloud resources", () => {
  it("grant each component the least privileges that it needs", () => {
    const datastore = "roles/datastore.user on project";
    expect(Object.fromEntries(COMPONENTS.map((component) => [component, rightsOf(component)]))).toEqual({
      api: [datastore, "roles/pubsub.publisher on topic ingress", "roles/pubsub.viewer on topic ingress"],
      processor: [
        datastore,
        "roles/pubsub.publisher on topic dead-letter",
        "roles/pubsub.publisher on topic push",
        "roles/pubsub.subscriber on subscription processor",
      ],
      realtime: [
        datastore,
        "roles/pubsub.publisher on topic ingress",
        "roles/pubsub.publisher on topic push",
        "roles/pubsub.viewer on topic ingress",
      ],
    });
    expect(rightsOf("pubsub-agent")).toEqual([
      "roles/pubsub.publisher on topic dead-letter",
      "roles/pubsub.subscriber on subscription processor",
    ]);
  });

  it.each([
    ["Retain", ["FirestoreField", "PubSubSubscription", "PubSubTopic"]],
    ["Delete", ["FirestoreField"]],
  ])("stay at Google by the deletion policy %s", (deletionPolicy, kept) => {
    const objects = renderRoutingService(parseProps("d", "messages", { ...MINIMAL, deletionPolicy }));
    const abandoned = objects.filter(
      ({ metadata }) => metadata.annotations?.["cnrm.cloud.google.com/deletion-policy"] === "abandon",
    );
    expect([...new Set(abandoned.map(({ kind }) => kind))].sort()).toEqual(kept);
  });

  it("name the pods' identity in both forms", () => {
    expect(resources.bindings[0]?.member).toBe(
      "principal://iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/a-project.svc.id.goog/subject/ns/messages/sa/dumbwaiter-api",
    );
    const google = { ...MINIMAL.google, workloadIdentity: "impersonation" };
    const impersonating = cloudResources(
      parseProps("a-name-of-some-length", "messages", { ...MINIMAL, google }),
    );
    const accounts = impersonating.serviceAccounts.map(({ id }) => id);
    expect(new Set(accounts).size).toBe(3);
    for (const id of accounts) expect(id).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
    const users = impersonating.bindings.filter(({ role }) => role === "roles/iam.workloadIdentityUser");
    expect(users.map(({ member }) => member)).toEqual(
      COMPONENTS.map(
        (component) => `serviceAccount:a-project.svc.id.goog[messages/a-name-of-some-length-${component}]`,
      ),
    );
  });

  it("are what `firestore.indexes.json`, written by `npm run synth`, deploys", () => {
    expect(readFileSync(FIRESTORE_INDEXES, "utf8")).toBe(firestoreIndexesJson());
    const { indexes, fieldOverrides } = JSON.parse(firestoreIndexesJson());
    expect(indexes).toEqual([]);
    expect(fieldOverrides.map(({ collectionGroup }: { collectionGroup: string }) => collectionGroup)).toEqual(
      unnamed.fields.map(({ collectionGroup }) => collectionGroup),
    );
    expect(fieldOverrides).toEqual([
      { collectionGroup: "access-keys", fieldPath: "hash", indexes: [] },
      { collectionGroup: "access-keys", fieldPath: "setAt", indexes: [] },
      { collectionGroup: "messages", fieldPath: "envelope", indexes: [] },
      { collectionGroup: "messages", fieldPath: "expireAt", ttl: true, indexes: [] },
      { collectionGroup: "messages", fieldPath: "storedAt", indexes: [ASCENDING] },
      { collectionGroup: "users", fieldPath: "devices", indexes: [] },
      { collectionGroup: "users", fieldPath: "oldestSeen", indexes: [ASCENDING] },
    ]);
  });

  it("are what `npm run provision` creates", async () => {
    const { url } = await sharedPubSubEmulator();
    const projectId = uniqueName("infra");
    await provisionPubSub({ projectId, emulatorHost: url });
    const [servicePath, port] = url.split(":");
    const client = new v1.SubscriberClient({
      projectId,
      ...(servicePath ? { servicePath } : {}),
      port: Number(port),
      sslCreds: credentials.createInsecure(),
    });
    try {
      const topics = new Map(
        unnamed.topics.map(({ role, id }) => [role, `projects/${projectId}/topics/${id}`]),
      );
      expect([...topics.values()].sort()).toEqual(
        Object.entries(pubSubNames({ projectId }))
          .flatMap(([key, name]) => (key.endsWith("Topic") ? [name] : []))
          .sort(),
      );
      for (const subscription of unnamed.subscriptions) {
        const name = `projects/${projectId}/subscriptions/${subscription.id}`;
        const [made] = await client.getSubscription({ subscription: name });
        expect({
          topic: made.topic,
          ackDeadlineSeconds: made.ackDeadlineSeconds,
          retentionSeconds: Number(made.messageRetentionDuration?.seconds),
          expires: made.expirationPolicy?.ttl ?? null,
          retry: made.retryPolicy
            ? {
                minimumSeconds: Number(made.retryPolicy.minimumBackoff?.seconds),
                maximumSeconds: Number(made.retryPolicy.maximumBackoff?.seconds),
              }
            : undefined,
          deadLetters: made.deadLetterPolicy
            ? {
                topic: made.deadLetterPolicy.deadLetterTopic,
                maxDeliveryAttempts: made.deadLetterPolicy.maxDeliveryAttempts,
              }
            : undefined,
        }).toEqual({
          topic: topics.get(subscription.topic.role),
          ackDeadlineSeconds: subscription.ackDeadlineSeconds,
          retentionSeconds: subscription.retentionSeconds,
          expires: null,
          retry: subscription.retry,
          deadLetters: subscription.deadLetters && {
            topic: topics.get(subscription.deadLetters.topic.role),
            maxDeliveryAttempts: subscription.deadLetters.maxDeliveryAttempts,
          },
        });
      }
    } finally {
      await client.close();
    }
  });

  it("let each component sign in to Memorystore with IAM, if that is how it does", () => {
    const redis = { url: "rediss://10.0.0.3:6379,", authentication: "googleIam" } as const;
    const signingIn = (spec: RoutingServiceSpecInput) =>
      cloudResources(parseProps("dumbwaiter", "messages", spec)).bindings.filter(
        ({ role, on }) => role === "roles/redis.dbConnectionUser" && on.kind === "project",
      );
    expect(signingIn({ ...MINIMAL, redis }).map(({ holder }) => holder)).toEqual([...COMPONENTS]);
    expect(signingIn(MINIMAL)).toEqual([]);
  });

  it("limit Firestore's role to the databases that pods use, if the spec says so", () => {
    const conditionsWith = (more: object) => {
      const google = { ...MINIMAL.google, firestoreDatabase: "restored", ...more };
      const objects = renderRoutingService(parseProps("dumbwaiter", "messages", { ...MINIMAL, google }));
      return objects
        .filter(({ kind }) => kind === "IAMPolicyMember")
        .map(({ spec }) => spec as { readonly role: string; readonly condition?: { expression: string } })
        .flatMap(({ role, condition }) => (role === "roles/datastore.user" ? [condition?.expression] : []));
    };
    const ofOne = `resource.name == "projects/a-project/databases/restored"`;
    const ofBoth = `${ofOne} || resource.name == "projects/a-project/databases/(default)"`;
    const access = { firestoreAccess: "database" };
    expect(conditionsWith({})).toEqual([undefined, undefined, undefined]);
    expect(conditionsWith(access)).toEqual([ofOne, ofOne, ofOne]);
    expect(conditionsWith({ ...access, previousFirestoreDatabase: "(default)" })).toEqual([
      ofBoth,
      ofBoth,
      ofBoth,
    ]);
  });

  it("encrypt every topic with the spec's key, and store it in the spec's regions", () => {
    const kmsKeyName = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
    const topics = { kmsKeyName, storagePolicy: { allowedRegions: ["europe-west1"] } };
    const google = { ...MINIMAL.google, topics };
    const objects = renderRoutingService(parseProps("d", "messages", { ...MINIMAL, google }));
    const specs = objects.flatMap(({ kind, spec }) => (kind === "PubSubTopic" ? [spec] : []));
    expect(specs).toHaveLength(3);
    for (const spec of specs) {
      expect(spec).toMatchObject({
        kmsKeyRef: { external: kmsKeyName },
        messageStoragePolicy: { allowedPersistenceRegions: ["europe-west1"] },
      });
    }
  });

  it("outlive their objects if they hold data", () => {
    for (const installation of INSTALLATIONS) {
      const kinds = ["PubSubTopic", "PubSubSubscription", "FirestoreField"];
      for (const { metadata } of objectsOf(installation, ...kinds)) {
        expect(metadata.annotations).toMatchObject({ "cnrm.cloud.google.com/deletion-policy": "abandon" });
      }
    }
  });

  it("have a new name for each new binding, because bindings are immutable", () => {
    const namesOf = (project: string) => {
      const google = { ...MINIMAL.google, project };
      const objects = renderRoutingService(parseProps("dumbwaiter", "messages", { ...MINIMAL, google }));
      return objects.flatMap(({ kind, metadata }) => (kind === "IAMPolicyMember" ? [metadata.name] : []));
    };
    const others = namesOf("another-project");
    expect(others).toHaveLength(resources.bindings.length);
    expect(namesOf("one-project").filter((name) => others.includes(name))).toEqual(
      // Only Pub/Sub's agent is the same: it is named by the project's number.
      [expect.stringContaining("pubsub-agent"), expect.stringContaining("pubsub-agent")],
    );
  });
});
