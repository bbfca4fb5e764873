import type { Condition, RoutingService, RoutingServiceStatus } from "@dumbwaiter/routing-service";
import type { EventRecorder, EventType } from "./event-recorder.ts";

interface ConditionEvent {
  readonly when: { readonly type: string; readonly status: Condition["status"] };
  readonly event: EventType;
  readonly reason: string;
}

const CONDITION_EVENTS: readonly ConditionEvent[] = [
  { when: { type: "Ready", status: "True" }, event: "Normal", reason: "Ready" },
  { when: { type: "Progressing", status: "True" }, event: "Normal", reason: "RollingOut" },
  { when: { type: "Degraded", status: "True" }, event: "Warning", reason: "Degraded" },
  { when: { type: "DependenciesReady", status: "False" }, event: "Warning", reason: "DependenciesMissing" },
  { when: { type: "Paused", status: "True" }, event: "Normal", reason: "Paused" },
];

/** Records an Event for each of these conditions whose status or reason changed. */
export function recordConditionEvents(
  routingService: RoutingService,
  after: RoutingServiceStatus,
  recorder: EventRecorder,
): void {
  for (const { when, event, reason } of CONDITION_EVENTS) {
    const before = routingService.status?.conditions?.find(({ type }) => type === when.type);
    const now = after.conditions?.find(({ type }) => type === when.type);
    if (now?.status !== when.status) continue;
    if (before?.status !== now.status || before.reason !== now.reason) {
      recorder.record(routingService, event, reason, now.message);
    }
  }
}
