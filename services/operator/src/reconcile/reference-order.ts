import type { DesiredObject } from "@dumbwaiter/routing-service";

/** Each object after those that it refers to: whether these are ours decides about it. */
export function inReferenceOrder(objects: readonly DesiredObject[]): DesiredObject[] {
  const waiting = new Map(objects.map((object) => [object.key, object]));
  const ordered: DesiredObject[] = [];
  const add = (key: string) => {
    const object = waiting.get(key);
    if (object === undefined) return;
    waiting.delete(key);
    object.refersTo.forEach(add);
    ordered.push(object);
  };
  for (const { key } of objects) add(key);
  return ordered;
}
