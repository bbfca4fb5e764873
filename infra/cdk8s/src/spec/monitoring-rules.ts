import { ALERTS_WITH_THRESHOLD } from "./alert-rules-spec.ts";
import type { SpecRule } from "./spec-rule.ts";

const names = ALERTS_WITH_THRESHOLD.map((name) => `'${name}'`).join(", ");

export const MONITORING_RULES: readonly SpecRule[] = [
  {
    message: `monitoring.alertRules: only these have a threshold: ${ALERTS_WITH_THRESHOLD.join(", ")}`,
    cel: `!has(self.monitoring.alertRules) || self.monitoring.alertRules.all(each, !has(each.threshold) || each.alert in [${names}])`,
    holds: ({ monitoring }) =>
      (monitoring.alertRules ?? []).every(
        ({ alert, threshold }) => threshold === undefined || ALERTS_WITH_THRESHOLD.includes(alert),
      ),
  },
];
