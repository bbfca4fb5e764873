import type { ProbeReport } from "./probe.ts";
import { isAsBefore, type ProcessFigures, type TrialFigures } from "./trial.ts";

const MAX_P95_MS = 250;
/** On a machine that is busy otherwise, the probe alone is slow too. */
const MAX_SLOWDOWN = 3;
const MAX_GROWTH_MIB = 128;
const MAX_LOG_BYTES = 1024 * 1024;

/** What the attack achieved; nothing if it was withstood. */
export function damageOf({ baseline, probe, processes, works }: TrialFigures): string[] {
  const allowed = Math.max(MAX_P95_MS, MAX_SLOWDOWN * worstP95(baseline));
  return [
    ...(worstP95(probe) > allowed ? [`the probe's p95 is ${worstP95(probe)} ms, over ${allowed} ms`] : []),
    ...Object.entries(probe.failures).map(([reason, count]) => `the probe failed ${count} times: ${reason}`),
    ...(works ? [] : ["a new probe gets no service afterwards"]),
    ...processes.flatMap(damageTo),
  ];
}

function damageTo(figures: ProcessFigures): string[] {
  const { name, limitMib, honestMib, before, peakMib, after } = figures;
  if (after === undefined) return [`${name} ended`];
  const logged = after.logBytes - before.logBytes;
  return [
    ...(peakMib - honestMib >= MAX_GROWTH_MIB ? [`${name} grew from ${honestMib} to ${peakMib} MiB`] : []),
    ...(limitMib !== undefined && peakMib > limitMib ? [`${name} used ${peakMib} of ${limitMib} MiB`] : []),
    ...(isAsBefore(figures) ? [] : [`${name} is not as before: ${leftOf(figures)}`]),
    ...(logged > MAX_LOG_BYTES ? [`${name} logged ${logged} bytes`] : []),
  ];
}

const leftOf = ({ honestMib, before, after }: ProcessFigures) =>
  `${honestMib} → ${after?.rssMib} MiB, ${before.descriptors} → ${after?.descriptors} descriptors, ${before.sockets} → ${after?.sockets} sockets`;

function worstP95({ sendMs, deliveryMs, ackMs }: ProbeReport): number {
  return Math.max(sendMs.p95, deliveryMs.p95, ackMs.p95);
}

export function cpuLine({ cpuSeconds }: TrialFigures): string {
  return [...cpuSeconds].map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`).join(", ");
}

export const TABLE_HEAD = `| attack | connections, MB, rounds | RSS, MiB | probe before, ms | probe, ms | failures | descriptors | log, KiB | recovery, s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

/** A row of the table in docs/security.md. */
export function tableRow(attack: string, figures: TrialFigures): string {
  const { effort, baseline, probe, processes, recoveryMs } = figures;
  const times = ({ sendMs, deliveryMs }: ProbeReport) =>
    `${sendMs.p50}/${sendMs.p95}, ${deliveryMs.p50}/${deliveryMs.p95}`;
  const failures = Object.values(probe.failures).reduce((sum, count) => sum + count, 0);
  const each = (figure: (process: ProcessFigures) => string | number) => processes.map(figure).join(", ");
  const cells = [
    attack,
    `${effort.connections}, ${Math.round(effort.bytes / 1e6)}, ${effort.rounds}`,
    each(({ honestMib, peakMib }) => `${honestMib} → ${peakMib}`),
    times(baseline),
    times(probe),
    `${failures} of ${probe.sent}`,
    each(({ before, after }) => `${before.descriptors} → ${after?.descriptors ?? "ended"}`),
    each(({ before, after }) => Math.round(((after?.logBytes ?? 0) - before.logBytes) / 1024)),
    (recoveryMs / 1000).toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}
