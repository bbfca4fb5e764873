export interface ReadOptions {
  /** Nothing but `metadata`. */
  readonly metadataOnly?: boolean;
  /** Longest time for it, or for each page of it; 30 s when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ListOptions extends ReadOptions {
  /** All namespaces when not given. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface WriteOptions {
  /** Have it checked and answered, and nothing stored. */
  readonly dryRun?: boolean;
  /** Longest time for it; 30 s when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface PatchOptions extends WriteOptions {
  /** Who owns what is set; the program's name when not given. */
  readonly fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over what other managers own; else that is a conflict. */
  readonly force?: boolean;
  readonly subresource?: "status";
}

export interface DeleteOptions extends WriteOptions {
  /** Delete that very object; another of its name is a conflict. */
  readonly uid?: string | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** When the server ends it. */
  readonly timeoutSeconds: number;
  /** When we do, though it has not. */
  readonly deadlineMs: number;
}
