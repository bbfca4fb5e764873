import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoints } from "@dumbwaiter/wire-user";
// Bare: attackers do what the SDK never would.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { uniqueName } from "../servers/unique-name.ts";
import { effort } from "./effort.ts";

/** What an attacker has: addresses, tokens of the accounts it made, and time. */
export interface AttackContext {
  readonly endpoints: Endpoints;
  /** Aborts when the attack is over. */
  readonly signal: AbortSignal;
  /** An account of the attacker: the same for the same name. */
  user(name?: string): BareUser;
}

export interface Attack {
  readonly name: string;
  /** How many tokens it needs: none, those of one user, of several. */
  readonly token: "none" | "one" | "several";
  /** Afterwards its connections stay open, unread and silent. Otherwise they are closed. */
  readonly holds?: true;
  /** Honest work that comes before it, such as a queue that is full. */
  prepare?(context: AttackContext): Promise<unknown>;
  run(context: AttackContext): Promise<unknown>;
}

export function attackContext(endpoints: Endpoints, signal: AbortSignal, run: string): AttackContext {
  const users = new Map<string, BareUser>();
  return {
    endpoints,
    signal,
    user(name = "mallory") {
      const known = users.get(name) ?? new BareUser(`${name}-${run}`, endpoints);
      users.set(name, known);
      return known;
    },
  };
}

export const newRun = () => uniqueName("run");

/** Does the work `count` times at once, each with its index. */
export function times(count: number, work: (index: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

const AFTER_ERROR_MS = 20;

/** Does the work again and again in `lanes` at once until the signal aborts, whatever comes of it. */
export async function loop(
  lanes: number,
  signal: AbortSignal,
  work: (lane: number) => Promise<unknown>,
): Promise<void> {
  await times(lanes, async (lane) => {
    while (!signal.aborted) {
      effort.rounds += 1;
      await work(lane).catch(() => sleep(AFTER_ERROR_MS));
    }
  });
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
