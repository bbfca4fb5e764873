import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";

export interface RecentEvent {
  /** When it was seen last; ISO. */
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  /** Such as `Deployment/messages-api`. */
  readonly object: string;
  readonly message: string;
  /** How often it was seen. */
  readonly count: number;
}

interface Event extends KubeObject {
  readonly involvedObject: { readonly kind?: string; readonly name?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly eventTime?: string | null;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

const MOST = 10;
/** What Deployments make bears their names with more behind them. */
const MADE = new Set(["ReplicaSet", "Pod"]);

/** The latest Events of these objects, and of the ReplicaSets and pods of the Deployments among them. */
export async function recentEvents(
  client: KubeClient,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<RecentEvent[]> {
  const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const prefixes = objects
    .filter(({ kind }) => kind === "Deployment")
    .map(({ metadata }) => `${metadata.name}-`);
  const events = (await client.list({ apiVersion: "v1", kind: "Event" }, { namespace })) as Event[];
  return events
    .filter(({ involvedObject: { kind = "", name = "" } }) => {
      const isMade = MADE.has(kind) && prefixes.some((prefix) => name.startsWith(prefix));
      return isMade || names.has(`${kind}/${name}`);
    })
    .map(recentEvent)
    .sort((a, b) => Date.parse(b.time) - Date.parse(a.time))
    .slice(0, MOST);
}

function recentEvent(event: Event): RecentEvent {
  const { involvedObject, type = "", reason = "", message = "", series, metadata } = event;
  const times = [series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp];
  return {
    time: times.find((time) => time) ?? metadata.creationTimestamp ?? "",
    ...{ type, reason, message: message.trim() },
    object: `${involvedObject.kind}/${involvedObject.name}`,
    count: series?.count ?? event.count ?? 1,
  };
}
