import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import type { ComponentStatus, Condition } from "@dumbwaiter/routing-service";
import type { Outcome } from "./bring-about.ts";

export interface Facts {
  readonly problems: readonly string[];
  readonly isPaused: boolean;
  readonly outcome: Outcome | undefined;
  readonly components: Readonly<Partial<Record<Component, ComponentStatus | undefined>>>;
  readonly messages: ReadonlyMap<Component, { readonly isAvailable: boolean; readonly message: string }>;
}

type Verdict = Pick<Condition, "status" | "reason" | "message">;

const MAX_MESSAGE = 4_000;

/** Every condition of a routing service, those that have not changed with the time of their last change. */
export function conditionsOf(
  facts: Facts,
  before: readonly Condition[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  const degraded = degradedOf(facts);
  const progressing = progressingOf(facts, degraded);
  const verdicts: [string, Verdict][] = [
    ["Ready", readyOf(facts, degraded, progressing)],
    ["Progressing", progressing],
    ["Degraded", degraded],
    ["DependenciesReady", dependenciesOf(facts, before)],
    ["Paused", pausedOf(facts)],
    ...COMPONENTS.map((component): [string, Verdict] => [
      `${component[0]?.toUpperCase()}${component.slice(1)}Available`,
      availableOf(facts, component),
    ]),
  ];
  return verdicts.map(([type, { status, reason, message }]) => {
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime =
      last?.status === status ? last.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, "Z");
    return {
      type,
      status,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      lastTransitionTime,
      observedGeneration,
    };
  });
}

function degradedOf({ problems, outcome, components, messages }: Facts): Verdict {
  if (problems.length > 0) return yes("InvalidSpec", problems.join("; "));
  const failed = outcome?.failures ?? [];
  if (failed.length > 0) {
    return yes("ApplyFailed", failed.map(({ what, error }) => `${what}: ${error.message}`).join("; "));
  }
  const late = COMPONENTS.filter((component) => components[component]?.rollout === "Degraded");
  if (late.length > 0) {
    return yes(
      "ProgressDeadlineExceeded",
      late.map((component) => `${component}: ${messages.get(component)?.message}`).join("; "),
    );
  }
  return no("AsExpected", "Nothing has failed");
}

function progressingOf({ problems, isPaused, outcome, components }: Facts, degraded: Verdict): Verdict {
  if (isPaused) return no("Paused", "spec.paused is set");
  if (problems.length > 0) return no("InvalidSpec", "The spec cannot be understood; all is left as it was");
  const waiting = [...(outcome?.held ?? [])].map(
    ([component, blocker]) => `${component} waits for ${blocker}`,
  );
  if (degraded.reason === "ProgressDeadlineExceeded") return no(degraded.reason, waiting.join("; "));
  const moving = COMPONENTS.filter((component) => components[component]?.rollout === "Progressing").map(
    (component) => `${component} is being rolled out`,
  );
  if (moving.length + waiting.length > 0) return yes("RollingOut", [...moving, ...waiting].join("; "));
  return no("Complete", "All components run as the spec says");
}

function readyOf({ problems, isPaused, messages }: Facts, degraded: Verdict, progressing: Verdict): Verdict {
  const away = COMPONENTS.filter((component) => !messages.get(component)?.isAvailable);
  if (problems.length > 0) return no("InvalidSpec", degraded.message);
  if (degraded.status === "True") return no(degraded.reason, degraded.message);
  if (away.length > 0) return no("NotAvailable", `Not available: ${away.join(", ")}`);
  if (progressing.status === "True") return no("RollingOut", progressing.message);
  return yes(isPaused ? "Paused" : "AllAvailable", "All components are available");
}

function dependenciesOf({ outcome }: Facts, before: readonly Condition[]): Verdict {
  if (outcome === undefined) {
    return before.find(({ type }) => type === "DependenciesReady") ?? unknown("Nothing was applied yet");
  }
  if (outcome.missing.size === 0) return yes("AllPresent", "Every kind that is needed is there");
  const sentences = [...outcome.missing].map(([kind, problem]) => `${kind} ${problem}`);
  return no("KindsMissing", `${sentences.join("; ")}. It is tried again`);
}

function pausedOf({ isPaused }: Facts): Verdict {
  return isPaused
    ? yes("Paused", "spec.paused is set: all objects are left as they are")
    : no("NotPaused", "");
}

function availableOf({ messages }: Facts, component: Component): Verdict {
  const found = messages.get(component);
  if (found === undefined) return unknown("The spec cannot be understood");
  const { isAvailable, message } = found;
  return isAvailable ? yes("Available", message) : no("NotAvailable", message);
}

function unknown(message: string): Verdict {
  return { status: "Unknown", reason: "NotChecked", message };
}

function yes(reason: string, message: string): Verdict {
  return { status: "True", reason, message };
}

function no(reason: string, message: string): Verdict {
  return { status: "False", reason, message };
}
