import type { AlertName } from "../spec/alert-rules-spec.ts";
import type { Component } from "../spec/components.ts";

/** An alert, for Prometheus and Google's managed Prometheus alike. */
export interface Alert {
  /** Also the heading of its runbook. */
  readonly name: string;
  /** How soon to respond: `critical` at once, `warning` during working hours, or what the spec says. */
  readonly severity: string;
  /** The label `service`, where it is always the same; otherwise the expression keeps the label. */
  readonly service?: Component | undefined;
  readonly expr: string;
  /** How long the expression has to hold, such as `5m`. */
  readonly forTime: string;
  /** What is wrong, for people. */
  readonly summary: string;
}

/** An alert before its settings: those of the spec, or else the defaults. */
export interface AlertDefinition extends Pick<Alert, "service"> {
  readonly name: AlertName;
  readonly expr: (threshold: number) => string;
  readonly summary: (threshold: number) => string;
}

/** @returns such as `29%` for 0.29: without the rounding errors of its multiplication */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(10))}%`;
}
