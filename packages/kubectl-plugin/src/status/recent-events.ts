import { isNewer, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";

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
    .sort(latestFirst)
    .slice(0, MOST)
    .map(recentEvent);
}

/** Some times have fractions of a second and most have none: within a second the one that was written last is later. */
function latestFirst(a: Event, b: Event): number {
  const second = (event: Event) => Math.floor(Date.parse(timeOf(event)) / 1000);
  const version = ({ metadata }: Event) => metadata.resourceVersion ?? "";
  return second(b) - second(a) || (isNewer(version(a), version(b)) ? -1 : 1);
}

function recentEvent(event: Event): RecentEvent {
  const { involvedObject, type = "", reason = "", message = "", series } = event;
  return {
    time: timeOf(event),
    ...{ type, reason, message: message.trim() },
    object: `${involvedObject.kind}/${involvedObject.name}`,
    count: series?.count ?? event.count ?? 1,
  };
}

function timeOf({ series, metadata, ...event }: Event): string {
  const times = [series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp];
  return times.find((time) => time) ?? metadata.creationTimestamp ?? "";
}
