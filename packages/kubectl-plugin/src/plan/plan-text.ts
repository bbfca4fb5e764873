import { isDeepStrictEqual } from "node:util";
import { type Colour, type Terminal, table } from "../terminal.ts";
import type { ObjectPlan, Plan, PlannedChange } from "./plan.ts";

type Paint = Terminal["paint"];

const SIGNS: Readonly<Record<ObjectPlan["action"], readonly [string, Colour]>> = {
  create: ["+", "green"],
  change: ["~", "yellow"],
  prune: ["-", "red"],
};
/** Longer values get lines of their own. */
const SHORT = 40;

/** A plan for people. */
export function planText(plan: Plan, terminal: Terminal): string {
  const paint: Paint = (colour, text) => terminal.paint(colour, text);
  return [
    `${paint("bold", `RoutingService ${plan.namespace}/${plan.name}`)}: ${ownPart(plan)}`,
    ...changeLines(plan.changes, paint),
    ...plan.objects.flatMap((object, index) => {
      const lines = objectLines(object, paint);
      // What is only named stands line below line.
      const isApart = index === 0 || lines.length > 1 || plan.objects[index - 1]?.changes.length !== 0;
      return isApart ? ["", ...lines] : lines;
    }),
    "",
    ...summary(plan, paint),
  ].join("\n");
}

function ownPart({ action, changes }: Plan): string {
  if (action === "create") return "to be created";
  return action === "none" ? "as it is" : `${counted(changes.length, "field")} to be changed`;
}

function objectLines({ action, kind, name, changes }: ObjectPlan, paint: Paint): string[] {
  const [sign, colour] = SIGNS[action];
  return [paint(colour, `${sign} ${kind} ${name}`), ...changeLines(changes, paint)];
}

/** Short ones aligned, then the others. */
function changeLines(changes: readonly PlannedChange[], paint: Paint): string[] {
  const short = changes.filter((change) => !isLong(change));
  const rows = short.map((change) => [`    ${change.field}`, valuesOf(change), takenFrom(change, paint)]);
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
  const { gone, come } = apart(change);
  return [
    `    ${field}${isOrder ? " (order)" : ""}   ${takenFrom(change, paint)}`.trimEnd(),
    ...gone.map((value) => paint("red", `      - ${shown(value)}`)),
    ...come.map((value) => paint("green", `      + ${shown(value)}`)),
  ];
}

/** Of lists, only the items that one of both has, unless they have the same. */
function apart({ before, after }: PlannedChange): { gone: unknown[]; come: unknown[] } {
  const values = (value: unknown) => (value === undefined ? [] : [value]);
  const whole = { gone: values(before), come: values(after) };
  if (!Array.isArray(before) || !Array.isArray(after)) return whole;
  const without = (list: unknown[], other: unknown[]) =>
    list.filter((item) => !other.some((each) => isDeepStrictEqual(item, each)));
  const items = { gone: without(before, after), come: without(after, before) };
  return items.gone.length + items.come.length === 0 ? whole : items;
}

function isLong({ before, after }: PlannedChange): boolean {
  return shown(before).length > SHORT || shown(after).length > SHORT;
}

function shown(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

function takenFrom({ takenFrom: managers }: PlannedChange, paint: Paint): string {
  return managers === undefined ? "" : paint("magenta", `taken from ${managers.join(", ")}`);
}

function summary({ objects, unchanged, restarts, missing, paused }: Plan, paint: Paint): string[] {
  const count = (wanted: ObjectPlan["action"]) => objects.filter(({ action }) => action === wanted).length;
  const counts = `${count("create")} to create, ${count("change")} to change, ${count("prune")} to delete`;
  return [
    paint("bold", `Objects: ${counts}, ${unchanged} as they are.`),
    ...(restarts.length > 0
      ? [`Pods are replaced, one component after the other: ${restarts.join(", ")}.`]
      : []),
    ...Object.entries(missing).map(([kind, problem]) =>
      paint("yellow", `${kind} ${problem}: its objects wait.`),
    ),
    ...(paused ? [paint("yellow", "It is paused: the operator does none of this until it is resumed.")] : []),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
