import type {
  ApplyOptions,
  DeleteOptions,
  JsonPatchOperation,
  KubeClient,
  KubeObject,
  ObjectName,
  PatchOptions,
} from "@dumbwaiter/kubernetes";
import type { Leadership } from "./leader-election.ts";

const TIMEOUT_MS = 10_000;

type Unfenced<T> = Omit<T, "timeoutMs" | "signal">;

/**
 * The operator's only way to write. A write starts only while this process leads, and is aborted when the leader lease
 * expires before the answer: the next leader finds no write of ours in flight. Reads are not fenced.
 *
 * @throws NotLeadingError instead of writing, and what the client throws
 */
export class FencedClient
  implements Pick<KubeClient, "get" | "find" | "apply" | "create" | "mergePatch" | "jsonPatch" | "delete">
{
  readonly #client: KubeClient;
  readonly #leadership: Leadership;

  constructor(client: KubeClient, leadership: Leadership) {
    this.#client = client;
    this.#leadership = leadership;
  }

  get(...args: Parameters<KubeClient["get"]>) {
    return this.#client.get(...args);
  }

  find(...args: Parameters<KubeClient["find"]>) {
    return this.#client.find(...args);
  }

  apply(object: KubeObject, options: Unfenced<ApplyOptions>) {
    return this.#client.apply(object, { ...options, ...this.#fence() });
  }

  create(object: KubeObject) {
    return this.#client.create(object, this.#fence());
  }

  mergePatch(object: ObjectName, patch: unknown, options: Unfenced<PatchOptions>) {
    return this.#client.mergePatch(object, patch, { ...options, ...this.#fence() });
  }

  jsonPatch(object: ObjectName, patch: readonly JsonPatchOperation[], options: Unfenced<PatchOptions>) {
    return this.#client.jsonPatch(object, patch, { ...options, ...this.#fence() });
  }

  delete(object: ObjectName, options: Unfenced<DeleteOptions>) {
    return this.#client.delete(object, { ...options, ...this.#fence() });
  }

  #fence() {
    return {
      timeoutMs: Math.min(TIMEOUT_MS, this.#leadership.remainingMs()),
      signal: this.#leadership.signal,
    };
  }
}
