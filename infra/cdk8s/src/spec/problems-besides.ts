import type { z } from "zod";
import { type RoutingServiceSpec, routingServiceSpecSchema } from "./routing-service-props.ts";
import { SPEC_RULES } from "./rules.ts";

type Path = readonly PropertyKey[];

/**
 * The rules that a spec breaks although its schema is broken too, so that all problems are told at once. A rule that
 * reads a field which is not as its schema wants it is left out: nobody knows what it will be.
 */
export function problemsBesides(issues: readonly z.core.$ZodIssue[], spec: unknown): string[] {
  if (typeof spec !== "object" || spec === null) return [];
  const broken = issues.flatMap(brokenPaths);
  const { parsed, unknown } = parseBySection(without(broken, spec));
  broken.push(...unknown);
  return SPEC_RULES.flatMap(({ holds, message }) => {
    const read: Path[] = [];
    const recorded = recording(parsed, [], (path) => read.push(path));
    const isTold = holdsOrThrows(() => holds(recorded, recorded)) === false;
    return isTold && !read.some((path) => broken.some((each) => isWithin(path, each))) ? [message] : [];
  });
}

/** What a rule meets in a section that could not be parsed may be nothing at all. */
function holdsOrThrows(holds: () => boolean): boolean | undefined {
  try {
    return holds();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** A broken item makes its list unknown. */
function brokenPaths(issue: z.core.$ZodIssue): Path[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  const item = issue.path.findIndex((key) => typeof key === "number");
  return [item < 0 ? issue.path : issue.path.slice(0, item)];
}

function without(paths: readonly Path[], spec: object): object {
  const rest = structuredClone(spec);
  for (const path of paths) {
    let holder: unknown = rest;
    for (const key of path.slice(0, -1)) holder = (holder as Record<PropertyKey, unknown> | undefined)?.[key];
    const last = path.at(-1);
    if (typeof holder === "object" && holder !== null && last !== undefined) {
      delete (holder as Record<PropertyKey, unknown>)[last];
    }
  }
  return rest;
}

/** Section by section, because one that lacks a required field has no defaults. */
function parseBySection(spec: object): { readonly parsed: RoutingServiceSpec; readonly unknown: Path[] } {
  const parsed: Record<string, unknown> = {};
  const unknown: Path[] = [];
  for (const [section, schema] of Object.entries(routingServiceSpecSchema.shape)) {
    const { success, data } = schema.safeParse((spec as Record<string, unknown>)[section]);
    if (success) parsed[section] = data;
    else unknown.push([section]);
  }
  return { parsed: parsed as RoutingServiceSpec, unknown };
}

/** Reports the path of every field that is read. */
function recording<T extends object>(value: T, at: Path, onRead: (path: Path) => void): T {
  return new Proxy(value, {
    get(target, key, receiver) {
      const path = [...at, key];
      onRead(path);
      const field: unknown = Reflect.get(target, key, receiver);
      return typeof field === "object" && field !== null ? recording(field, path, onRead) : field;
    },
  });
}

function isWithin(path: Path, other: Path): boolean {
  return other.every((key, index) => path[index] === key);
}
