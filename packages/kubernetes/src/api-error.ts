/** A field that another field manager owns. */
export interface Conflict {
  /** Such as `.spec.replicas`. */
  readonly field: string;
  readonly manager: string;
}

/** The fields of `metav1.Status` that errors use. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** The API server refused a request. `reason` is its own: `NotFound`, `Conflict`, `Forbidden`, `Invalid`, `Expired`… */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  /** The fields that other managers own, if that is the reason. */
  readonly conflicts: readonly Conflict[];
  /** How long the server asks the client to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, status: Status, request: string) {
    super(`${request}: ${code} ${status.reason ?? ""}${status.message ? `: ${status.message}` : ""}`);
    this.status = code;
    this.reason = status.reason ?? "Unknown";
    this.retryAfterSeconds = status.details?.retryAfterSeconds;
    this.conflicts = (status.details?.causes ?? [])
      .filter(({ reason }) => reason === "FieldManagerConflict")
      .map(({ field = "", message = "" }) => ({
        field,
        manager: /conflict with "([^"]*)"/.exec(message)?.[1] ?? "unknown",
      }));
  }
}

/** The API server did not answer in time, or at all. A write may have taken effect. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The API server does not serve this kind: its CRD is not installed. */
export class UnknownKindError extends Error {
  override readonly name = "UnknownKindError";
  readonly apiVersion: string;
  readonly kind: string;

  constructor(apiVersion: string, kind: string) {
    super(`The API server does not serve ${kind} (${apiVersion})`);
    this.apiVersion = apiVersion;
    this.kind = kind;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** The requested resource version is too old: list again. Comes as a response's status or as a watch event. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === "Expired");
}

/** The object has another resource version or uid than the request names, or another manager owns a field. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** The resulting object would violate a rule of its kind. */
export function isInvalid(error: unknown): boolean {
  return error instanceof ApiError && error.status === 422;
}
