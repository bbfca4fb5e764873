export interface ReadOptions {
  /** Only `metadata`. */
  readonly metadataOnly?: boolean;
  /** Timeout of the request, or of each chunk of a list; 30 s by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ListOptions extends ReadOptions {
  /** All namespaces by default. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface WriteOptions {
  /** Validate and answer, but store nothing. */
  readonly dryRun?: boolean;
  /** 30 s by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface PatchOptions extends WriteOptions {
  /** Who owns the fields that are set; the program's name by default. */
  readonly fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields from other managers instead of failing with a conflict. */
  readonly force?: boolean;
  readonly subresource?: "status";
}

export interface DeleteOptions extends WriteOptions {
  /** Delete the object with this uid only; another object of the same name is a conflict. */
  readonly uid?: string | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** When the server ends the watch. */
  readonly timeoutSeconds: number;
  /** When the client ends it if the server has not. */
  readonly deadlineMs: number;
}
