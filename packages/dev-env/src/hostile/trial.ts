import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "../observe/cpu-time.ts";
import { type ProcessState, RssPeak, stateOf } from "../observe/process-state.ts";
import type { Attack } from "./attack.ts";
import type { AttackerOrder } from "./attacker-process.ts";
import { Child } from "./child.ts";
import type { Effort } from "./effort.ts";
import type { ProbeReport } from "./probe.ts";
import type { Target } from "./targets.ts";

const MAX_BASELINE_MS = 4_000;
/** What stalls is cut after 30 s; checks run every few seconds. */
const RECOVERY_MS = 35_000;
const POLL_MS = 250;

export interface ProcessFigures {
  readonly name: string;
  readonly limitMib: number | undefined;
  /** With the probe alone: the highest RSS, and what was open at the end. */
  readonly honestMib: number;
  readonly before: ProcessState;
  readonly peakMib: number;
  /** After the attack, with a new probe; undefined if the process has ended. */
  readonly after: ProcessState | undefined;
}

export interface TrialFigures {
  readonly effort: Effort;
  readonly baseline: ProbeReport;
  readonly probe: ProbeReport;
  readonly processes: readonly ProcessFigures[];
  /** CPU time during the attack, of the target's processes and of what they depend on. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
  /** Until everything was as before, or time was up. */
  readonly recoveryMs: number;
  /** Whether a new user can then connect, and send a message to another. */
  readonly works: boolean;
}

/** Runs an attack beside the probe, and measures the target before, meanwhile and afterwards. */
export async function runTrial(target: Target, attack: Attack, attackMs: number): Promise<TrialFigures> {
  const { endpoints, processes } = target;
  const order: AttackerOrder = { attack: attack.name, endpoints, ms: attackMs };
  const probe = new Child("probe-process.ts", endpoints);
  const attacker = new Child("attacker-process.ts", order);
  // Another one shows that the target works again. The first may have opened many connections while it waited.
  let nextProbe: Child | undefined;
  const peaks: RssPeak[] = [];
  const samplePeaks = () => {
    for (const { pid } of processes) peaks.push(new RssPeak(pid));
  };
  try {
    await probe.ask("start");
    await attacker.ask("prepare");
    await probe.ask("report");
    samplePeaks();
    await sleep(Math.min(attackMs, MAX_BASELINE_MS));
    const baseline = await probe.ask<ProbeReport>("report");
    const honest = peaks.splice(0).map((peak) => peak.stop());
    const before = processes.map(({ pid }) => stateOf(pid) as ProcessState);

    samplePeaks();
    const cpuBefore = cpuSecondsOf(target);
    const effort = await attacker.ask<Effort>("run");
    const cpuAfter = cpuSecondsOf(target);
    if (!attack.holds) await attacker.stop();
    const meanwhile = await probe.ask<ProbeReport>("report");
    await probe.stop();

    const figures = () =>
      processes.map((process, index): ProcessFigures => {
        const { name, limitMib } = process;
        return {
          ...{ name, limitMib, honestMib: honest[index] as number, before: before[index] as ProcessState },
          ...{ peakMib: peaks[index]?.mib as number, after: stateNow(process) },
        };
      });
    const endedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - endedAt);
    nextProbe = new Child("probe-process.ts", endpoints);
    let works = false;
    nextProbe.ask("start").then(
      () => {
        works = true;
      },
      () => {},
    );
    while (elapsed() < RECOVERY_MS && !(works && figures().every(isAsBefore))) await sleep(POLL_MS);
    return {
      ...{ effort, baseline, probe: meanwhile, processes: figures() },
      cpuSeconds: new Map([...cpuAfter].map(([name, after]) => [name, after - (cpuBefore.get(name) ?? 0)])),
      ...{ recoveryMs: elapsed(), works },
    };
  } finally {
    for (const peak of peaks) peak.stop();
    await Promise.all([probe, nextProbe, attacker].map((child) => child?.stop()));
  }
}

/** What Node keeps for a while of a heap that has grown. */
const RSS_SLACK_MIB = 96;
/** A connection to a store that was opened meanwhile. */
const DESCRIPTOR_SLACK = 8;

export function isAsBefore({ honestMib, before, after }: ProcessFigures): boolean {
  return (
    after !== undefined &&
    after.rssMib <= honestMib + RSS_SLACK_MIB &&
    after.descriptors <= before.descriptors + DESCRIPTOR_SLACK &&
    after.sockets <= before.sockets + DESCRIPTOR_SLACK
  );
}

/** Since they started, by name, of those that run. */
function cpuSecondsOf({ processes, servers }: Target): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const process of [...processes, ...servers]) {
    try {
      seconds.set(process.name, cpuSeconds([process.pid]));
    } catch {
      // It has ended, which the verdict notices.
    }
  }
  return seconds;
}

function stateNow(process: { readonly pid: number }): ProcessState | undefined {
  try {
    return stateOf(process.pid);
  } catch {
    return undefined;
  }
}
