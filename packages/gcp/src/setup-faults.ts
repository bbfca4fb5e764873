import { status } from "@grpc/grpc-js";
import { CredentialsError } from "./google-client.ts";

export const GOOGLE_SERVICES = ["firestore", "pubsub"] as const;

export type GoogleService = (typeof GOOGLE_SERVICES)[number];

/** A call that Google refused, and will refuse until someone changes something. */
export interface SetupFault {
  readonly dependency: GoogleService;
  readonly method: string;
  /** Full name of the topic, subscription or database. */
  readonly resource: string;
  readonly code: SetupFaultCode;
  readonly error: unknown;
}

/** `INVALID_ARGUMENT` is one because a call that may be invalid of itself expects it. */
export const SETUP_FAULT_CODES = [
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "NOT_FOUND",
  "INVALID_ARGUMENT",
] as const;

type SetupFaultCode = (typeof SETUP_FAULT_CODES)[number];

export function setupFaultCode(error: unknown): SetupFaultCode | undefined {
  const { code } = error as { code?: status };
  return SETUP_FAULT_CODES.find((name) => status[name] === code);
}

const ROLES: Readonly<Record<string, string>> = {
  publish: "roles/pubsub.publisher",
  listTopicSubscriptions: "roles/pubsub.viewer",
  pull: "roles/pubsub.subscriber",
  streamingPull: "roles/pubsub.subscriber",
  acknowledge: "roles/pubsub.subscriber",
  modifyAckDeadline: "roles/pubsub.subscriber",
  commit: "roles/datastore.user",
  batchWrite: "roles/datastore.user",
  batchGetDocuments: "roles/datastore.user",
  runQuery: "roles/datastore.user",
};

/** The role that allows the call. */
export function roleFor({ method }: SetupFault): string | undefined {
  return ROLES[method];
}

const GET_CREDENTIALS =
  "In a cluster, bind the pod's service account to an IAM identity; elsewhere, set GOOGLE_APPLICATION_CREDENTIALS or run `gcloud auth application-default login`";

/** What is wrong, and what to do about it. */
export function explain(fault: SetupFault, identity = "this process"): string {
  const { code, method, resource, error } = fault;
  switch (code) {
    case "UNAUTHENTICATED": {
      const accused = `Google Cloud does not accept the credentials of ${identity}`;
      return `${error instanceof CredentialsError ? error.message : accused}. ${GET_CREDENTIALS}`;
    }
    case "PERMISSION_DENIED":
      return `${identity} may not call ${method} on ${resource}: grant it ${roleFor(fault)}`;
    case "NOT_FOUND":
      if (method === "listTopicSubscriptions")
        return `${resource} has no subscription, so messages would be lost: sends are refused until it has one`;
      if (method === "streamingPull")
        return `${resource} does not exist, so accepted messages are being lost: create it, or correct its name or the project`;
      return `${resource} does not exist: create it, or correct its name or the project`;
    case "INVALID_ARGUMENT":
      return `Google Cloud refuses every ${method} on ${resource} as invalid: check the names of project and database`;
  }
}
