import type { DesiredObject } from "./desired-state.ts";

/** They scale what they refer to, or change how it is reached. */
const ACT_ON_REFERENCES = new Set(["HorizontalPodAutoscaler", "GCPBackendPolicy", "HealthCheckPolicy"]);

/**
 * The object that another one waits for before it is applied: it refers to it, and it is not there.
 *
 * @param isThere whether an object exists and is ours, or is of a kind that is not installed
 */
export function awaitedBy(
  { refersTo }: DesiredObject,
  objects: readonly DesiredObject[],
  isThere: (object: DesiredObject) => boolean,
): DesiredObject | undefined {
  return objects.find((object) => refersTo.includes(object.key) && !isThere(object));
}

/**
 * The object of somebody else that another one of ours would act on, so that this one is deleted. If the object is
 * merely absent, it will be there again.
 *
 * @param notOurs keys of objects that exist and belong to somebody else
 */
export function misdirectedTo(
  { kind, refersTo }: DesiredObject,
  objects: readonly DesiredObject[],
  notOurs: ReadonlySet<string>,
): DesiredObject | undefined {
  if (!ACT_ON_REFERENCES.has(kind)) return undefined;
  return objects.find(({ key }) => refersTo.includes(key) && notOurs.has(key));
}

export function misdirectedMessage({ kind, name }: DesiredObject): string {
  return `because ${kind} ${name} is somebody else's`;
}
