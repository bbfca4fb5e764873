import { type Metadata, status } from "@grpc/grpc-js";
import type { Method, ReadRequest } from "./methods.ts";

/** How a call is refused, as Google's services word it. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
}

const DATABASE = /^projects\/([^/]+)\/databases\/([^/]+)/;

export const UNAUTHENTICATED: Refusal = {
  code: status.UNAUTHENTICATED,
  details:
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
};

export const DENIED: Refusal = {
  code: status.PERMISSION_DENIED,
  details: "User not authorized to perform this action.",
};

/** Google takes calls without a deadline; our services must send none. */
export const NO_DEADLINE: Refusal = { code: status.INVALID_ARGUMENT, details: "The call has no deadline." };

/** What the emulators ignore: sizes, and the headers by which Google's front end finds a resource. */
export function refusalOf(method: Method, request: Buffer, metadata: Metadata): Refusal | undefined {
  const read = method.read(request);
  return refusedSize(method, request.length, read) ?? refusedHeaders(method, read, metadata);
}

function refusedSize(method: Method, bytes: number, { items }: ReadRequest): Refusal | undefined {
  if (bytes > method.maxBytes)
    return invalid(`Request payload size exceeds the limit: ${method.maxBytes} bytes.`);
  if (items <= method.maxItems) return undefined;
  return invalid(
    `The value for message_count is too large. You passed ${items} in the request, but the maximum value is ${method.maxItems}.`,
  );
}

/** Google takes calls to Pub/Sub without the header: those of its own streaming pulls have none. */
function refusedHeaders(method: Method, { routing }: ReadRequest, metadata: Metadata): Refusal | undefined {
  const [param, resource] = routing;
  const header = String(metadata.get("x-goog-request-params")[0] ?? "");
  const params = new URLSearchParams(header);
  if (method.service === "pubsub") {
    if (header === "" || params.get(param) === resource) return undefined;
    return invalid(
      `Invalid request routing header ${header}. Expected x-goog-request-params:${param}=${resource}`,
    );
  }
  const [name, project, database] = DATABASE.exec(resource) ?? [];
  if (name === undefined) return invalid(`Invalid resource name ${resource}`);
  const prefix = metadata.get("google-cloud-resource-prefix")[0];
  const isRouted = params.get("project_id") === project && params.get("database_id") === database;
  if (database === "(default)" || isRouted || prefix === name) return undefined;
  return invalid(
    `${header ? `Invalid request routing header ${header}` : "Missing routing header"}. Please fill in the request header with format x-goog-request-params:project_id=${project}&database_id=${database}`,
  );
}

function invalid(details: string): Refusal {
  return { code: status.INVALID_ARGUMENT, details };
}
