import {
  type DesiredState,
  type PodReference,
  referencesText,
  unwatchedText,
} from "@dumbwaiter/routing-service";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { ReferenceWatches } from "../watch/reference-watches.ts";

/** Each is a watch of its own. A spec may name thousands. */
export const MAX_WATCHED_REFERENCES = 64;

interface Annotated {
  readonly base: DesiredState;
  readonly of: string;
  readonly desired: DesiredState;
}

/** Annotates pods with the versions of the ConfigMaps and Secrets that they refer to, so that a change replaces them. */
export class CurrentReferences {
  readonly #watches: ReferenceWatches;
  readonly #objects: OwnedObjectCache;
  /** By the key of the routing service. */
  readonly #annotated = new Map<string, Annotated>();

  constructor(watches: ReferenceWatches, objects: OwnedObjectCache) {
    this.#watches = watches;
    this.#objects = objects;
  }

  /** @param mayWatch false if nothing is applied: what is not watched already stays as it is */
  async of(key: string, namespace: string, base: DesiredState, mayWatch: boolean): Promise<DesiredState> {
    if (mayWatch) {
      await this.#watches.want(key, namespace, referencesOf(base).slice(0, MAX_WATCHED_REFERENCES));
    }
    const texts = base.objects.flatMap(({ key: deployment, podReferences }) => {
      const live = this.#objects.getOf(key, deployment)?.deployment?.references;
      const versionOf = (each: PodReference) => this.#watches.versionOf(namespace, each);
      const text = referencesText(podReferences, versionOf, live);
      return text === undefined ? [] : [[deployment, text] as const];
    });
    if (texts.length === 0) return base;
    const of = JSON.stringify(texts);
    let known = this.#annotated.get(key);
    if (known?.base !== base || known.of !== of) {
      known = { base, of, desired: base.withReferences(new Map(texts)) };
      this.#annotated.set(key, known);
    }
    return known.desired;
  }

  /** Those that cannot be watched, each with the reason. */
  problemsOf(namespace: string, desired: DesiredState): string[] {
    return referencesOf(desired).flatMap((each, index) => {
      const problem =
        index < MAX_WATCHED_REFERENCES
          ? this.#watches.problemOf(namespace, each)
          : `only ${MAX_WATCHED_REFERENCES} are`;
      return problem === undefined ? [] : [`${unwatchedText(each)}: ${problem}`];
    });
  }

  forget(key: string): void {
    this.#annotated.delete(key);
    this.#watches.forget(key);
  }
}

function referencesOf({ objects }: DesiredState): PodReference[] {
  const all = objects.flatMap(({ podReferences }) => podReferences);
  return [...new Map(all.map((each) => [`${each.kind}/${each.name}`, each])).values()];
}
