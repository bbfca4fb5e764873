import { isDeepStrictEqual } from "node:util";
import { type Colour, type Terminal, table } from "../terminal.ts";
import type { ObjectPlan, Plan, PlannedChange } from "./plan.ts";

type Paint = Terminal["paint"];

const SIGNS: Readonly<Record<ObjectPlan["action"], readonly [string, Colour]>> = {
  create: ["+", "green"],
  change: ["~", "yellow"],
  prune: ["-", "red"],
};
/** Longer values are printed on lines of their own. */
const MAX_SHORT = 40;

/** A plan as text. */
export function planText(plan: Plan, terminal: Terminal): string {
  const paint: Paint = (colour, text) => terminal.paint(colour, text);
  return [
    `${paint("bold", `RoutingService ${plan.namespace}/${plan.name}`)}: ${ownAction(plan)}`,
    ...changeLines(plan.changes, paint),
    ...plan.objects.flatMap((object, index) => {
      const lines = objectLines(object, paint);
      // Objects without field changes are listed without blank lines between them.
      const isSeparate = index === 0 || lines.length > 1 || plan.objects[index - 1]?.changes.length !== 0;
      return isSeparate ? ["", ...lines] : lines;
    }),
    ...foreignLines(plan, paint),
    "",
    ...summary(plan, paint),
  ].join("\n");
}

function ownAction({ action, changes }: Plan): string {
  if (action === "create") return "will be created";
  return action === "none" ? "unchanged" : `${counted(changes.length, "field")} to change`;
}

function objectLines(object: ObjectPlan, paint: Paint): string[] {
  const { action, kind, name, changes } = object;
  const [sign, colour] = SIGNS[action];
  const line = [paint(colour, `${sign} ${kind} ${name}`), ...notesOf(object)].join("   ");
  return [line, ...changeLines(changes, paint)];
}

function notesOf({ why, staysAtGoogle }: ObjectPlan): string[] {
  const atGoogle = staysAtGoogle ? "stays at Google" : "is also deleted or revoked at Google";
  return [...(why === undefined ? [] : [why]), ...(staysAtGoogle === undefined ? [] : [atGoogle])];
}

/** Short values in an aligned table, then the others. */
function changeLines(changes: readonly PlannedChange[], paint: Paint): string[] {
  const short = changes.filter((change) => !isLong(change));
  const rows = short.map((change) => [`    ${change.field}`, valuesOf(change), takenFromText(change, paint)]);
  const lines = rows.length === 0 ? [] : table(rows).split("\n");
  return [...lines, ...changes.filter(isLong).flatMap((change) => longLines(change, paint))];
}

function valuesOf({ before, after, isOrder }: PlannedChange): string {
  if (before === undefined) return `added ${shown(after)}`;
  if (after === undefined) return `removed, was ${shown(before)}`;
  return `${shown(before)} → ${shown(after)}${isOrder ? " (order)" : ""}`;
}

function longLines(change: PlannedChange, paint: Paint): string[] {
  const { field, isOrder } = change;
  const { removed, added } = itemsOf(change);
  return [
    `    ${field}${isOrder ? " (order)" : ""}   ${takenFromText(change, paint)}`.trimEnd(),
    ...removed.map((value) => paint("red", `      - ${shown(value)}`)),
    ...added.map((value) => paint("green", `      + ${shown(value)}`)),
  ];
}

/** Of lists, only the items that differ, unless just their order does. */
function itemsOf({ before, after }: PlannedChange): { removed: unknown[]; added: unknown[] } {
  const values = (value: unknown) => (value === undefined ? [] : [value]);
  const whole = { removed: values(before), added: values(after) };
  if (!Array.isArray(before) || !Array.isArray(after)) return whole;
  const without = (list: unknown[], other: unknown[]) =>
    list.filter((item) => !other.some((each) => isDeepStrictEqual(item, each)));
  const items = { removed: without(before, after), added: without(after, before) };
  return items.removed.length + items.added.length === 0 ? whole : items;
}

function isLong({ before, after }: PlannedChange): boolean {
  return shown(before).length > MAX_SHORT || shown(after).length > MAX_SHORT;
}

function shown(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

function takenFromText({ takenFrom: managers }: PlannedChange, paint: Paint): string {
  return managers === undefined ? "" : paint("magenta", `taken from ${managers.join(", ")}`);
}

function summary(plan: Plan, paint: Paint): string[] {
  const { objects, unchanged, missing, paused, stopped, operator } = plan;
  if (stopped !== undefined) return [paint("red", `${stopped.reason}: ${stopped.message}.`)];
  const count = (of: ObjectPlan["action"]) => objects.filter(({ action }) => action === of).length;
  const counts = `${count("create")} to create, ${count("change")} to change, ${count("prune")} to delete`;
  return [
    paint("bold", `Objects: ${counts}, ${unchanged} unchanged.`),
    ...restartLines(plan, paint),
    ...Object.entries(missing).map(([kind, reason]) =>
      paint("yellow", `${kind} ${reason}; its objects will not be created.`),
    ),
    ...(paused
      ? [paint("yellow", "Paused: the operator makes no changes until the RoutingService is resumed.")]
      : []),
    ...(operator === undefined ? [] : [`Managed by the operator ${operator}.`]),
  ];
}

function restartLines({ restarts, rolloutOrder, waiting }: Plan, paint: Paint): string[] {
  if (restarts.length === 0) return [];
  const ordered = restarts.filter((component) => rolloutOrder.includes(component));
  const others = restarts.filter((component) => !rolloutOrder.includes(component));
  const turns = [
    ...(others.length > 0 ? [`${others.join(", ")} without waiting`] : []),
    ...(ordered.length > 0 ? [ordered.join(", ") + (ordered.length > 1 ? ", one after the other" : "")] : []),
  ];
  return [
    `Pods will be replaced: ${turns.join("; ")}.`,
    ...Object.entries(waiting).map(([component, blocker]) =>
      paint("yellow", `${component} waits for ${blocker}, which fails or is not available.`),
    ),
  ];
}

/** What others added to the objects. */
function foreignLines({ foreign }: Plan, paint: Paint): string[] {
  if (foreign.length === 0) return [];
  const rows = foreign.map(({ kind, name, field, value, managers, action }) => [
    `    ${kind} ${name}: ${field}`,
    shown(value),
    `added by ${managers.join(", ")}`,
    action === "remove" ? paint("red", "will be removed") : paint("yellow", "stays"),
  ]);
  return ["", paint("yellow", "! Fields of others that change what pods run"), ...table(rows).split("\n")];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
