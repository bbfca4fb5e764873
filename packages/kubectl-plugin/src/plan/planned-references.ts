import { ApiError, type KubeClient } from "@dumbwaiter/kubernetes";
import {
  type DesiredObject,
  type DesiredState,
  observe,
  type PodReference,
  type RoutingService,
  referencesText,
  referenceVersion,
  unwatchedText,
} from "@dumbwaiter/routing-service";

interface PlannedReferences {
  readonly desired: DesiredState;
  readonly warnings: readonly string[];
}

/**
 * Annotates pods as the operator does, with what the user may read. Of what the operator may not watch, nothing changes.
 *
 * @param current undefined if it does not exist yet
 */
export async function planReferences(
  client: KubeClient,
  namespace: string,
  base: DesiredState,
  current: RoutingService | undefined,
): Promise<PlannedReferences> {
  const dependencies = current?.status?.conditions?.find(({ type }) => type === "DependenciesReady");
  const warnings = new Set<string>();
  const versions = new Map<string, string>();
  const deployments = base.objects.filter(({ podReferences }) => podReferences.length > 0);
  for (const reference of deployments.flatMap(({ podReferences }) => podReferences)) {
    if (versions.has(textOf(reference))) continue;
    if (dependencies?.message.includes(unwatchedText(reference))) {
      warnings.add(`${unwatchedText(reference)} by the operator: a change of it replaces no pods`);
      continue;
    }
    const version = await versionOf(client, namespace, reference, (problem) => warnings.add(problem));
    if (version !== undefined) versions.set(textOf(reference), version);
  }
  const texts = new Map<string, string>();
  for (const deployment of deployments) {
    const live = await annotationOf(client, namespace, deployment);
    const text = referencesText(deployment.podReferences, (each) => versions.get(textOf(each)), live);
    if (text !== undefined) texts.set(deployment.key, text);
  }
  return { desired: texts.size === 0 ? base : base.withReferences(texts), warnings: [...warnings] };
}

async function versionOf(
  client: KubeClient,
  namespace: string,
  { kind, name }: PodReference,
  onProblem: (problem: string) => void,
): Promise<string | undefined> {
  try {
    const object = { apiVersion: "v1", kind, metadata: { name, namespace } };
    const found = await client.find(object, { metadataOnly: kind === "Secret" });
    return found && referenceVersion(found);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    onProblem(`Whether ${kind} ${name} has changed is not planned: ${error.message}`);
    return undefined;
  }
}

/** Undefined if the user may not read it: nothing is planned for it then. */
async function annotationOf(
  client: KubeClient,
  namespace: string,
  { apiVersion, kind, name }: DesiredObject,
): Promise<string | undefined> {
  try {
    const live = await client.find({ apiVersion, kind, metadata: { name, namespace } });
    return live && observe(live).deployment?.references;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function textOf({ kind, name }: PodReference): string {
  return `${kind}/${name}`;
}
