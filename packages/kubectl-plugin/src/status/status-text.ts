import { type Colour, type Terminal, table } from "../terminal.ts";
import type { Autoscaling } from "./autoscaling.ts";
import { durationText } from "./duration-text.ts";
import type { ComponentReport, StatusReport } from "./status-report.ts";

const ROLLOUT_COLOURS: Readonly<Record<ComponentReport["rollout"], Colour>> = {
  Complete: "green",
  Progressing: "yellow",
  Pending: "yellow",
  Degraded: "red",
};
/** Conditions that are good if they are false. */
const GOOD_IF_FALSE = new Set(["Progressing", "Degraded", "Drifted", "Paused"]);

/** A status report as text, which fits on one screen. */
export function statusText(report: StatusReport, now: Date, terminal: Terminal): string {
  const age = (time: string) => durationText(now.getTime() - Date.parse(time));
  const paint: Terminal["paint"] = (colour, text) => terminal.paint(colour, text);
  const heads = (...names: string[]) => names.map((name) => paint("bold", name));
  const { components, conditions, events } = report;
  const componentRows = components.map((each) => [
    ...[each.component, paint(ROLLOUT_COLOURS[each.rollout], each.rollout)],
    ...[`${each.ready}/${each.replicas}`, String(each.updated), autoscalingText(each.autoscaling)],
    ...[disruptionsText(each), each.image ?? ""],
  ]);
  const conditionRows = conditions.map(({ type, status, reason, message, lastTransitionTime }) => {
    const isGood = status === (GOOD_IF_FALSE.has(type) ? "False" : "True");
    const colour = isGood ? "green" : type === "Progressing" || type === "Paused" ? "yellow" : "red";
    return [type, paint(colour, status), age(lastTransitionTime), reason, oneLine(message)];
  });
  const eventRows = events.map(({ time, type, reason, object, message, count }) => [
    ...[age(time), paint(type === "Warning" ? "yellow" : "dim", type), reason, object],
    oneLine(message) + (count > 1 ? ` (x${count})` : ""),
  ]);
  return [
    headline(report, age(report.createdAt), paint),
    "",
    table([
      heads("COMPONENT", "ROLLOUT", "READY", "UPDATED", "AUTOSCALER", "DISRUPTIONS", "IMAGE"),
      ...componentRows,
    ]),
    "",
    table([heads("CONDITION", "STATUS", "SINCE", "REASON", "MESSAGE"), ...conditionRows]),
    "",
    events.length === 0
      ? "No recent events."
      : table([heads("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"), ...eventRows]),
  ].join("\n");
}

function headline(report: StatusReport, age: string, paint: Terminal["paint"]): string {
  const { namespace, name, generation, observedGeneration, version, paused, conditions } = report;
  const isReady = conditions.find(({ type }) => type === "Ready")?.status === "True";
  const generationText =
    observedGeneration === generation
      ? `generation ${generation}`
      : paint("yellow", `generation ${generation}, not yet observed by the operator`);
  return [
    paint("bold", `RoutingService ${namespace}/${name}`),
    isReady ? paint("green", "Ready") : paint("red", "Not ready"),
    ...(paused ? [paint("yellow", "paused")] : []),
    generationText,
    ...(version === undefined ? [] : [`operator ${version}`]),
    `age ${age}`,
  ].join("   ");
}

/** Such as `3 of 2..10, cpu 45%/60%`. */
function autoscalingText(autoscaling: Autoscaling | undefined): string {
  if (autoscaling === undefined) return "-";
  const { min, max, desired, metrics } = autoscaling;
  const shown = metrics.map(({ name, current = "?", target }) => `${name} ${current}/${target}`);
  return [`${desired} of ${min}..${max}`, ...shown].join(", ");
}

function disruptionsText({ disruptions }: ComponentReport): string {
  if (disruptions === undefined) return "-";
  const { allowed, healthy, needed } = disruptions;
  return `${allowed} allowed (${healthy} healthy, ${needed} required)`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
