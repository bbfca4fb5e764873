import { isNewer, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";

export interface RecentEvent {
  /** When it was last seen, as an ISO time. */
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  /** Such as `Deployment/messages-api`. */
  readonly object: string;
  readonly message: string;
  /** How many times it was seen. */
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

const MAX_EVENTS = 10;
/** Kinds of objects that are created for a Deployment; their names start with its name. */
const DEPLOYMENT_PARTS = new Set(["ReplicaSet", "Pod"]);

/** The latest Events of these objects, and of the ReplicaSets and Pods of the Deployments among them. */
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
      const isPart = DEPLOYMENT_PARTS.has(kind) && prefixes.some((prefix) => name.startsWith(prefix));
      return isPart || names.has(`${kind}/${name}`);
    })
    .sort(latestFirst)
    .slice(0, MAX_EVENTS)
    .map(recentEvent);
}

/** Only some times have fractions of a second: within the same second, the Event that was written last comes first. */
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
