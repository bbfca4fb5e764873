import type { Condition, RoutingService, RoutingServiceStatus } from "@dumbwaiter/routing-service";
import type { EventRecorder, EventType } from "./event-recorder.ts";

interface ConditionEvent {
  /** With any reason by default. */
  readonly when: { readonly type: string; readonly status: Condition["status"]; readonly reason?: string };
  readonly event: EventType;
  readonly reason: string;
  /** Recorded whenever the message changes, too. */
  readonly isForEachMessage?: boolean;
}

const CONDITION_EVENTS: readonly ConditionEvent[] = [
  { when: { type: "Ready", status: "True" }, event: "Normal", reason: "Ready" },
  { when: { type: "Progressing", status: "True" }, event: "Normal", reason: "RollingOut" },
  { when: { type: "Degraded", status: "True" }, event: "Warning", reason: "Degraded" },
  ...["DependenciesMissing", "DependenciesNotReady", "ReferencesNotWatched"].map(
    (reason): ConditionEvent => ({
      when: { type: "DependenciesReady", status: "False", reason },
      ...{ event: "Warning", reason },
    }),
  ),
  {
    when: { type: "Drifted", status: "True" },
    ...{ event: "Warning", reason: "Drifted", isForEachMessage: true },
  },
  { when: { type: "Paused", status: "True" }, event: "Normal", reason: "Paused" },
];

/** Records an Event for each of these conditions whose status or reason changed, or the message if that matters. */
export function recordConditionEvents(
  routingService: RoutingService,
  after: RoutingServiceStatus,
  recorder: EventRecorder,
): void {
  for (const { when, event, reason, isForEachMessage = false } of CONDITION_EVENTS) {
    const before = routingService.status?.conditions?.find(({ type }) => type === when.type);
    const now = after.conditions?.find(({ type }) => type === when.type);
    if (now?.status !== when.status || (when.reason ?? now.reason) !== now.reason) continue;
    const isNews = isForEachMessage && before?.message !== now.message;
    if (before?.status !== now.status || before.reason !== now.reason || isNews) {
      recorder.record(routingService, event, reason, now.message);
    }
  }
}
