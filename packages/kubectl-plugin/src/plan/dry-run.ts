import {
  ApiError,
  type Conflict,
  isConflict,
  isInvalid,
  type KubeClient,
  type KubeObject,
} from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  FIELD_MANAGER,
  hasSameOwner,
  observe,
  withReplicas,
} from "@dumbwaiter/routing-service";

export interface DryRun {
  /** Undefined when there is none yet. */
  readonly live: KubeObject | undefined;
  readonly result: KubeObject;
  /** What is taken from other managers. */
  readonly conflicts: readonly Conflict[];
}

const ATTEMPTS = 5;

/** What the operator's apply would make of an object. Nothing is stored. */
export async function dryRun(
  client: KubeClient,
  desired: DesiredObject,
  content: KubeObject,
): Promise<DryRun> {
  const { firstReplicas } = desired;
  for (let attempt = 1; ; attempt++) {
    const live = await client.find(content);
    const object =
      firstReplicas === undefined ? content : withReplicas(content, live && observe(live), firstReplicas);
    try {
      return { live, ...(await applyOver(client, object, live)) };
    } catch (error) {
      // Somebody was quicker.
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The operator forces. Without force we hear first whom it concerns. */
async function applyOver(
  client: KubeClient,
  object: KubeObject,
  live: KubeObject | undefined,
): Promise<Omit<DryRun, "live">> {
  const options = { fieldManager: FIELD_MANAGER, dryRun: true };
  let conflicts: readonly Conflict[] = [];
  try {
    try {
      return { result: await client.apply(object, options), conflicts };
    } catch (error) {
      if (!(error instanceof ApiError) || error.conflicts.length === 0) throw error;
      conflicts = error.conflicts;
      return { result: await client.apply(object, { ...options, force: true }), conflicts };
    }
  } catch (error) {
    // What others added does not go with ours: our lists take its place.
    if (!isInvalid(error) || !hasSameOwner(object, live)) throw error;
    const { apiVersion, kind, metadata, ...rest } = object;
    return { result: await client.mergePatch(object, rest, { dryRun: true }), conflicts };
  }
}
