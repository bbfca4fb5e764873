import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  KubeObject,
  ObjectName,
  PatchOptions,
} from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER } from "@dumbwaiter/routing-service";
import type { Leadership } from "./leader-election.ts";

const TIMEOUT_MS = 10_000;

/**
 * The operator's only way to write. Each write first asks whether we still lead, and is given up when the lease runs out
 * before its answer: whoever leads next finds nothing of ours under way.
 *
 * @throws NotLeadingError in place of writing, and what the client throws
 */
export class FencedWriter {
  readonly #client: KubeClient;
  readonly #leadership: Leadership;

  constructor(client: KubeClient, leadership: Leadership) {
    this.#client = client;
    this.#leadership = leadership;
  }

  apply(object: KubeObject, options: Pick<ApplyOptions, "fieldManager" | "subresource" | "dryRun">) {
    return this.#client.apply(object, { force: true, ...options, ...this.#fence() });
  }

  create(object: KubeObject) {
    return this.#client.create(object, this.#fence());
  }

  mergePatch(
    object: ObjectName,
    patch: unknown,
    { fieldManager = FIELD_MANAGER }: Pick<PatchOptions, "fieldManager"> = {},
  ) {
    return this.#client.mergePatch(object, patch, { fieldManager, ...this.#fence() });
  }

  delete(object: ObjectName, { uid }: Pick<DeleteOptions, "uid">) {
    return this.#client.delete(object, { uid, ...this.#fence() });
  }

  #fence() {
    return {
      timeoutMs: Math.min(TIMEOUT_MS, this.#leadership.remainingMs()),
      signal: this.#leadership.signal,
    };
  }
}
