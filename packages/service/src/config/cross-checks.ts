/** A rule between two numeric settings, applied to a service that reads both. */
export interface CrossCheck {
  readonly names: readonly [string, string];
  readonly holds: (first: number, second: number) => boolean;
  readonly problem: string;
}

const fitsAnEnvelope = (perHour: number, envelope: number) => perHour >= envelope;

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
  {
    names: ["SENDER_BYTES_PER_HOUR", "MAX_ENVELOPE_BYTES"],
    holds: fitsAnEnvelope,
    problem: "SENDER_BYTES_PER_HOUR must be at least MAX_ENVELOPE_BYTES",
  },
  {
    names: ["RECIPIENT_BYTES_PER_HOUR", "MAX_ENVELOPE_BYTES"],
    holds: fitsAnEnvelope,
    problem: "RECIPIENT_BYTES_PER_HOUR must be at least MAX_ENVELOPE_BYTES",
  },
];
