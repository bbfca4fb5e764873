import {
  boolean,
  type Crd,
  crd,
  fields,
  int32,
  int64,
  list,
  oneOf,
  rules,
  type Schema,
  string,
  strings,
} from "./crd.ts";

/*
 * https://docs.cloud.google.com/config-connector/docs/reference/resource-docs/pubsub/pubsubtopic
 * https://docs.cloud.google.com/config-connector/docs/reference/resource-docs/pubsub/pubsubsubscription
 * https://docs.cloud.google.com/config-connector/docs/reference/resource-docs/firestore/firestorefield
 * https://docs.cloud.google.com/config-connector/docs/reference/resource-docs/iam/iampolicymember
 * https://docs.cloud.google.com/config-connector/docs/reference/resource-docs/iam/iamserviceaccount
 */
const PUBSUB = "pubsub.cnrm.cloud.google.com/v1beta1";
const FIRESTORE = "firestore.cnrm.cloud.google.com/v1alpha1";
const IAM = "iam.cnrm.cloud.google.com/v1beta1";

const immutable = rules("self == oldSelf");

const requires = (...names: readonly string[]) => ({ required: names });
const byName = { ...requires("name"), not: requires("external") };
const external = { ...requires("external"), not: { anyOf: [requires("name"), requires("namespace")] } };

/** A reference to another resource: by the name of its object, or by its id at Google. */
const reference = fields({ name: string, namespace: string, external: string }, [], {
  oneOf: [byName, external],
});

/** A reference to an object in the cluster. */
const inCluster = (more: Readonly<Record<string, Schema>> = {}) =>
  fields({ name: string, namespace: string, ...more }, ["name", ...Object.keys(more)]);

export const CONFIG_CONNECTOR_CRDS: readonly Crd[] = [
  crd(
    PUBSUB,
    "PubSubTopic",
    "pubsubtopics",
    fields({
      resourceID: string,
      messageRetentionDuration: string,
      kmsKeyRef: reference,
      messageStoragePolicy: fields({ allowedPersistenceRegions: list(string), enforceInTransit: boolean }, [
        "allowedPersistenceRegions",
      ]),
      schemaSettings: fields({ encoding: string, schemaRef: reference }, ["schemaRef"]),
    }),
    { required: false },
  ),
  crd(
    PUBSUB,
    "PubSubSubscription",
    "pubsubsubscriptions",
    fields(
      {
        resourceID: string,
        topicRef: reference,
        ackDeadlineSeconds: int32,
        messageRetentionDuration: string,
        retainAckedMessages: boolean,
        enableMessageOrdering: boolean,
        enableExactlyOnceDelivery: boolean,
        filter: string,
        expirationPolicy: fields({ ttl: string }, ["ttl"]),
        retryPolicy: fields({ minimumBackoff: string, maximumBackoff: string }),
        deadLetterPolicy: fields({ deadLetterTopicRef: reference, maxDeliveryAttempts: int32 }),
        pushConfig: fields(
          {
            pushEndpoint: string,
            attributes: strings,
            oidcToken: fields({ audience: string, serviceAccountEmail: string }, ["serviceAccountEmail"]),
            noWrapper: fields({ writeMetadata: boolean }, ["writeMetadata"]),
          },
          ["pushEndpoint"],
        ),
        bigqueryConfig: fields(
          {
            tableRef: reference,
            useTopicSchema: boolean,
            writeMetadata: boolean,
            dropUnknownFields: boolean,
          },
          ["tableRef"],
        ),
        cloudStorageConfig: fields(
          {
            bucketRef: reference,
            filenamePrefix: string,
            filenameSuffix: string,
            maxBytes: int64,
            maxDuration: string,
            avroConfig: fields({ writeMetadata: boolean }),
            state: string,
          },
          ["bucketRef"],
        ),
      },
      ["topicRef"],
    ),
  ),
  crd(
    FIRESTORE,
    "FirestoreField",
    "firestorefields",
    fields(
      {
        resourceID: string,
        databaseRef: reference,
        collectionGroup: string,
        indexConfig: fields({
          indexes: list(
            fields({
              queryScope: string,
              apiScope: string,
              density: string,
              multikey: boolean,
              shardCount: int32,
              fields: list(
                fields({
                  fieldPath: string,
                  order: string,
                  arrayConfig: string,
                  vectorConfig: fields({ dimension: int32, flat: { type: "object" } }),
                }),
              ),
            }),
          ),
        }),
        ttlConfig: fields({ enabled: boolean }),
      },
      ["collectionGroup", "databaseRef"],
    ),
  ),
  crd(
    IAM,
    "IAMServiceAccount",
    "iamserviceaccounts",
    fields({ resourceID: string, displayName: string, description: string, disabled: boolean }),
    { required: false },
  ),
  crd(
    IAM,
    "IAMPolicyMember",
    "iampolicymembers",
    fields(
      {
        member: { ...string, ...immutable },
        memberFrom: fields(
          {
            bigQueryConnectionConnectionRef: inCluster({ type: oneOf("spark", "cloudSQL", "cloudResource") }),
            logSinkRef: inCluster(),
            serviceAccountRef: inCluster(),
            serviceIdentityRef: inCluster(),
            sqlInstanceRef: inCluster(),
          },
          [],
          {
            oneOf: [
              requires("bigQueryConnectionConnectionRef"),
              requires("logSinkRef"),
              requires("serviceAccountRef"),
              requires("serviceIdentityRef"),
              requires("sqlInstanceRef"),
            ],
            ...immutable,
          },
        ),
        role: {
          ...string,
          pattern: "^((projects|organizations)/[^/]+/)?roles/[\\w_\\.]+$",
          ...immutable,
        },
        resourceRef: fields(
          { apiVersion: string, kind: string, name: string, namespace: string, external: string },
          ["kind"],
          {
            oneOf: [
              byName,
              external,
              // The whole project, for kind Project.
              {
                not: { anyOf: ["name", "namespace", "apiVersion", "external"].map((name) => requires(name)) },
              },
            ],
            ...immutable,
          },
        ),
        condition: fields(
          { title: string, description: string, expression: string },
          ["expression", "title"],
          immutable,
        ),
      },
      ["resourceRef", "role"],
      { oneOf: [requires("member"), requires("memberFrom")] },
    ),
    { required: false },
  ),
];
