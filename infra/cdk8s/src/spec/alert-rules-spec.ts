import { z } from "zod";
import { listBy } from "./kubernetes-fields.ts";

interface AlertDefaults {
  readonly severity: "critical" | "warning";
  /** How long the expression has to hold. */
  readonly for: string;
  /** What the expression compares with, if that can be set. */
  readonly threshold?: number;
}

/** The alerts of a routing service, and what they are by default. docs/operations.md has a runbook for each. */
export const ALERT_DEFAULTS = {
  DumbwaiterSendErrorsFastBurn: { severity: "critical", for: "2m", threshold: 14.4 },
  DumbwaiterSendErrorsSlowBurn: { severity: "warning", for: "2m", threshold: 6 },
  DumbwaiterPullErrorsFastBurn: { severity: "critical", for: "2m", threshold: 14.4 },
  DumbwaiterPullErrorsSlowBurn: { severity: "warning", for: "2m", threshold: 6 },
  DumbwaiterAckErrorsFastBurn: { severity: "critical", for: "2m", threshold: 14.4 },
  DumbwaiterAckErrorsSlowBurn: { severity: "warning", for: "2m", threshold: 6 },
  DumbwaiterHandshakeErrorsFastBurn: { severity: "critical", for: "2m", threshold: 14.4 },
  DumbwaiterHandshakeErrorsSlowBurn: { severity: "warning", for: "2m", threshold: 6 },
  DumbwaiterDeliverySlowFastBurn: { severity: "critical", for: "2m", threshold: 14.4 },
  DumbwaiterDeliverySlowSlowBurn: { severity: "warning", for: "2m", threshold: 6 },
  DumbwaiterAbsent: { severity: "critical", for: "5m" },
  DumbwaiterPodDown: { severity: "warning", for: "5m", threshold: 0.5 },
  DumbwaiterPodsMissing: { severity: "warning", for: "15m" },
  DumbwaiterMemoryNearLimit: { severity: "warning", for: "15m", threshold: 0.9 },
  DumbwaiterAtMaxReplicas: { severity: "warning", for: "30m" },
  DumbwaiterDependencyDown: { severity: "critical", for: "2m" },
  DumbwaiterDependencyFlaky: { severity: "warning", for: "15m", threshold: 0.9 },
  DumbwaiterGoogleSetupFault: { severity: "critical", for: "2m" },
  DumbwaiterIngressLost: { severity: "critical", for: "0m" },
  DumbwaiterProcessingHeldUp: { severity: "critical", for: "2m" },
  DumbwaiterNothingProcessed: { severity: "critical", for: "5m", threshold: 0.1 },
  DumbwaiterIngressGrowing: { severity: "warning", for: "15m", threshold: 0.8 },
  DumbwaiterNothingDelivered: { severity: "critical", for: "5m", threshold: 0.1 },
  DumbwaiterHandshakesUnauthenticated: { severity: "warning", for: "5m", threshold: 0.5 },
  DumbwaiterProcessorStuck: { severity: "critical", for: "5m", threshold: 120 },
  DumbwaiterIngressBacklog: { severity: "warning", for: "10m", threshold: 30 },
  DumbwaiterDeadLetters: { severity: "warning", for: "0m", threshold: 0 },
  DumbwaiterBatchRefused: { severity: "critical", for: "0m", threshold: 0 },
  DumbwaiterLimitsUnavailable: { severity: "warning", for: "10m", threshold: 0 },
  DumbwaiterLimitsNotShared: { severity: "warning", for: "10m" },
  DumbwaiterEventLoopLag: { severity: "warning", for: "10m", threshold: 0.25 },
  DumbwaiterRestarts: { severity: "warning", for: "0m", threshold: 3 },
} as const satisfies Record<string, AlertDefaults>;

export type AlertName = keyof typeof ALERT_DEFAULTS;

export const ALERT_NAMES = Object.keys(ALERT_DEFAULTS) as AlertName[];

export const ALERTS_WITH_THRESHOLD = ALERT_NAMES.filter((name) => "threshold" in ALERT_DEFAULTS[name]);

const alertRule = z.strictObject({
  alert: z.enum(ALERT_NAMES).describe("Name of the alert."),
  enabled: z.boolean().default(true).describe("Whether the alert exists."),
  severity: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/, "must be a word such as critical, warning or page")
    .optional()
    .describe("Its label `severity`, by which Alertmanager routes it."),
  threshold: z
    .number()
    .min(0)
    .max(1e9)
    .optional()
    .describe(
      "What it compares with: seconds, a share of 1, a number, or for burn rates a multiple of the budget.",
    ),
  for: z
    .string()
    .max(8)
    .regex(/^[0-9]{1,4}[smh]$/, "must be a duration such as 5m")
    .optional()
    .describe("How long its expression has to hold, such as 5m."),
});

export const alertRulesSpec = listBy("alert", alertRule, 40).optional().describe("Changes of single alerts.");

type AlertRules = z.output<typeof alertRulesSpec>;

export interface AlertSettings {
  readonly enabled: boolean;
  readonly severity: string;
  readonly for: string;
  /** 0 where there is none. */
  readonly threshold: number;
}

/** What the spec says of an alert, over its defaults. */
export function alertSettings(rules: AlertRules, name: AlertName): AlertSettings {
  const byDefault: AlertDefaults = ALERT_DEFAULTS[name];
  const rule = rules?.find(({ alert }) => alert === name);
  return {
    enabled: rule?.enabled ?? true,
    severity: rule?.severity ?? byDefault.severity,
    for: rule?.for ?? byDefault.for,
    threshold: rule?.threshold ?? byDefault.threshold ?? 0,
  };
}
