import type { DesiredState, PodReference } from "@dumbwaiter/routing-service";
import { expect, it } from "@jest/globals";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { ReferenceWatches } from "../watch/reference-watches.ts";
import { CurrentReferences, MAX_WATCHED_REFERENCES } from "./current-references.ts";

const podReferences = Array.from({ length: MAX_WATCHED_REFERENCES + 1 }, (_, index) => ({
  kind: "ConfigMap" as const,
  name: `c-${index}`,
}));
const desired = { objects: [{ key: "api", podReferences }] } as unknown as DesiredState;

it("watches no more than the limit, says which are not watched, and none while nothing is applied", async () => {
  const wanted: number[] = [];
  const watches = {
    want: async (_key: string, _namespace: string, each: readonly PodReference[]) => wanted.push(each.length),
    versionOf: () => undefined,
    problemOf: () => undefined,
  } as unknown as ReferenceWatches;
  const objects = { getOf: () => undefined } as unknown as OwnedObjectCache;
  const references = new CurrentReferences(watches, objects);
  await references.of("n/a", "n", desired, false);
  expect(wanted).toEqual([]);
  await references.of("n/a", "n", desired, true);
  expect(wanted).toEqual([64]);
  expect(references.problemsOf("n", desired)).toEqual(["ConfigMap c-64 is not watched: only 64 are"]);
});
