/** A rule between two numeric settings, applied to a service that reads both. */
export interface CrossCheck {
  readonly names: readonly [string, string];
  readonly holds: (first: number, second: number) => boolean;
  readonly problem: string;
}

export const CROSS_CHECKS: readonly CrossCheck[] = [
  {
    names: ["PORT", "ADMIN_PORT"],
    holds: (port, adminPort) => port !== adminPort || port === 0,
    problem: "ADMIN_PORT must differ from PORT",
  },
  {
    names: ["READINESS_DELAY_SECONDS", "SHUTDOWN_GRACE_SECONDS"],
    holds: (delayMs, graceMs) => delayMs <= graceMs / 2,
    problem: "READINESS_DELAY_SECONDS must be at most half of SHUTDOWN_GRACE_SECONDS",
  },
];
