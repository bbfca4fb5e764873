import type { Subscription, Topic } from "@dumbwaiter/gcp/resources";
import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { nameOf } from "../object-metadata.ts";
import type { RoutingServiceProps, RoutingServiceSpec } from "../spec/routing-service-props.ts";
import type { CloudResources } from "./cloud-resources.ts";
import { configConnectorMetadata } from "./config-connector-metadata.ts";

const PUBSUB = "pubsub.cnrm.cloud.google.com/v1beta1";
const FIRESTORE = "firestore.cnrm.cloud.google.com/v1alpha1";

/**
 * Topics, subscriptions and Firestore's field settings, for Config Connector. Deleting these objects deletes nothing
 * at Google, except topics and subscriptions if the deletion policy is Delete.
 */
export class CloudMessaging extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps, resources: CloudResources) {
    super(scope, id);
    const keep = props.spec.deletionPolicy === "Retain";
    for (const { role, id } of resources.topics) {
      new ApiObject(this, `topic-${role}`, {
        apiVersion: PUBSUB,
        kind: "PubSubTopic",
        metadata: configConnectorMetadata(props, role, { keep }),
        spec: { resourceID: id, ...topicSettings(props.spec.google) },
      });
    }
    for (const subscription of resources.subscriptions) {
      new ApiObject(this, `subscription-${subscription.role}`, {
        apiVersion: PUBSUB,
        kind: "PubSubSubscription",
        metadata: configConnectorMetadata(props, subscription.role, { keep }),
        spec: subscriptionSpec(props, subscription),
      });
    }
    const { project, firestoreDatabase } = props.spec.google;
    // An object of its own for each database: Config Connector does not move one from one database to another.
    const ofDatabase = firestoreDatabase === "(default)" ? "" : `-${firestoreDatabase}`;
    for (const { collection, collectionGroup, field, isAscending, isExpiry } of resources.fields) {
      new ApiObject(this, `field-${collection}-${field}`, {
        apiVersion: FIRESTORE,
        kind: "FirestoreField",
        metadata: configConnectorMetadata(props, `${collection}-${field.toLowerCase()}${ofDatabase}`, {
          keep: true,
        }),
        spec: {
          resourceID: field,
          databaseRef: { external: `projects/${project}/databases/${firestoreDatabase}` },
          collectionGroup,
          indexConfig: { indexes: isAscending ? [ascending(field)] : [] },
          ...(isExpiry ? { ttlConfig: { enabled: true } } : {}),
        },
      });
    }
  }
}

function topicSettings({ topics = {} }: RoutingServiceSpec["google"]) {
  const { kmsKeyName, storagePolicy } = topics;
  return {
    ...(kmsKeyName === undefined ? {} : { kmsKeyRef: { external: kmsKeyName } }),
    ...(storagePolicy && {
      messageStoragePolicy: {
        allowedPersistenceRegions: storagePolicy.allowedRegions,
        enforceInTransit: storagePolicy.enforceInTransit,
      },
    }),
  };
}

function ascending(fieldPath: string) {
  return { queryScope: "COLLECTION", fields: [{ fieldPath, order: "ASCENDING" }] };
}

function subscriptionSpec(props: RoutingServiceProps, subscription: Subscription) {
  const topicRef = ({ role }: Topic) => ({ name: nameOf(props, role) });
  const { id, topic, ackDeadlineSeconds, retentionSeconds, retry, deadLetters } = subscription;
  return {
    resourceID: id,
    topicRef: topicRef(topic),
    ackDeadlineSeconds,
    messageRetentionDuration: `${retentionSeconds}s`,
    // Never.
    expirationPolicy: { ttl: "" },
    ...(retry && {
      retryPolicy: { minimumBackoff: `${retry.minimumSeconds}s`, maximumBackoff: `${retry.maximumSeconds}s` },
    }),
    ...(deadLetters && {
      deadLetterPolicy: {
        deadLetterTopicRef: topicRef(deadLetters.topic),
        maxDeliveryAttempts: deadLetters.maxDeliveryAttempts,
      },
    }),
  };
}
