/** A field that another manager owns. */
export interface Conflict {
  /** Such as `.spec.replicas`. */
  readonly field: string;
  readonly manager: string;
}

/** `metav1.Status`, as far as errors need it. */
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

/** The API server refused. `reason` is its word: `NotFound`, `Conflict`, `Forbidden`, `Invalid`, `Expired`… */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  /** The fields that other managers own, when that is why. */
  readonly conflicts: readonly Conflict[];
  /** How long the server asks us to wait, in seconds. */
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

/** The API server did not answer, or not in time; what a write was to do may have happened. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The API server serves no such kind: its CRD is not installed. */
export class UnknownKindError extends Error {
  override readonly name = "UnknownKindError";
  readonly apiVersion: string;
  readonly kind: string;

  constructor(apiVersion: string, kind: string) {
    super(`The API server knows no ${kind} of ${apiVersion}`);
    this.apiVersion = apiVersion;
    this.kind = kind;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** What was asked for is too old: list again. It comes as an answer's status, and as an event of a watch. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === "Expired");
}

/** A state other than the one that was asked for, or a field that somebody else owns. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** The object that would result breaks a rule of its kind. */
export function isInvalid(error: unknown): boolean {
  return error instanceof ApiError && error.status === 422;
}
