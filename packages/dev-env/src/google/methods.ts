import { protos as firestoreProtos } from "@google-cloud/firestore-api";
import { protos as pubsubProtos } from "@google-cloud/pubsub";

export type GoogleService = "pubsub" | "firestore";

/** What is checked of a request. */
export interface ReadRequest {
  /** The name by which Google finds the resource in `x-goog-request-params`, and its value. */
  readonly routing: readonly [param: string, resource: string];
  /** Messages, or writes. */
  readonly items: number;
}

export interface Method {
  readonly service: GoogleService;
  /** The bytes of one request. */
  readonly maxBytes: number;
  readonly maxItems: number;
  /** Kept open for long, and ended by Google. */
  readonly isStream: boolean;
  /** People call it rather than services: nobody repeats it. */
  readonly isAdmin: boolean;
  read(request: Buffer): ReadRequest;
}

/** A class of messages that are generated from Google's definitions. */
interface Decoder {
  decode(bytes: Uint8Array): object;
}

const { v1: pubsub } = pubsubProtos.google.pubsub;
const { v1: firestore } = firestoreProtos.google.firestore;

type Properties = Omit<Method, "read">;

const PUBSUB: Properties = {
  ...{ service: "pubsub", maxBytes: 10_000_000, maxItems: Number.POSITIVE_INFINITY },
  ...{ isStream: false, isAdmin: false },
};
const STREAM: Properties = { ...PUBSUB, isStream: true };
const ADMIN: Properties = { ...PUBSUB, isAdmin: true };
const PUBLISH: Properties = { ...PUBSUB, maxItems: 1000 };
const ACKS: Properties = { ...PUBSUB, maxBytes: 512 * 1024 };
const FIRESTORE: Properties = { ...PUBSUB, service: "firestore", maxBytes: 10 * 1024 * 1024 };
const BATCH_WRITE: Properties = { ...FIRESTORE, maxItems: 500 };

/** By path. Google's limits: https://cloud.google.com/pubsub/quotas, https://firebase.google.com/docs/firestore/quotas */
export const METHODS: ReadonlyMap<string, Method> = new Map([
  method("pubsub.v1.Publisher/Publish", PUBLISH, pubsub.PublishRequest, "topic"),
  method("pubsub.v1.Publisher/CreateTopic", ADMIN, pubsub.Topic, "name"),
  method("pubsub.v1.Publisher/GetTopic", ADMIN, pubsub.GetTopicRequest, "topic"),
  method("pubsub.v1.Publisher/ListTopicSubscriptions", ADMIN, pubsub.ListTopicSubscriptionsRequest, "topic"),
  method("pubsub.v1.Subscriber/StreamingPull", STREAM, pubsub.StreamingPullRequest, "subscription"),
  method("pubsub.v1.Subscriber/Pull", PUBSUB, pubsub.PullRequest, "subscription"),
  method("pubsub.v1.Subscriber/Acknowledge", ACKS, pubsub.AcknowledgeRequest, "subscription"),
  method("pubsub.v1.Subscriber/ModifyAckDeadline", ACKS, pubsub.ModifyAckDeadlineRequest, "subscription"),
  method("pubsub.v1.Subscriber/CreateSubscription", ADMIN, pubsub.Subscription, "name"),
  method("pubsub.v1.Subscriber/GetSubscription", ADMIN, pubsub.GetSubscriptionRequest, "subscription"),
  method(
    "pubsub.v1.Subscriber/UpdateSubscription",
    ADMIN,
    pubsub.UpdateSubscriptionRequest,
    "subscription.name",
  ),
  method("firestore.v1.Firestore/Commit", FIRESTORE, firestore.CommitRequest, "database"),
  method("firestore.v1.Firestore/BatchWrite", BATCH_WRITE, firestore.BatchWriteRequest, "database"),
  method(
    "firestore.v1.Firestore/BatchGetDocuments",
    FIRESTORE,
    firestore.BatchGetDocumentsRequest,
    "database",
  ),
  method("firestore.v1.Firestore/RunQuery", FIRESTORE, firestore.RunQueryRequest, "parent"),
]);

/** @param param where in the request the resource's name is, which is also the name of the header's parameter */
function method(path: string, properties: Properties, request: Decoder, param: string): [string, Method] {
  const read = (bytes: Buffer): ReadRequest => {
    const decoded = request.decode(bytes) as { messages?: unknown[]; writes?: unknown[] };
    const resource = param
      .split(".")
      .reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], decoded);
    return { routing: [param, String(resource)], items: (decoded.messages ?? decoded.writes)?.length ?? 1 };
  };
  return [`/google.${path}`, { ...properties, read }];
}
