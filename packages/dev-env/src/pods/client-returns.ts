import type { Code } from "@dumbwaiter/client";
import type { ConnectedRecipient } from "../traffic/connected-recipient.ts";

/** When clients were told to leave, and when they reconnected. Times are those of `performance.now()`. */
export class ClientReturns {
  /** Why each was told to leave. */
  readonly reasons: (Code | undefined)[] = [];
  readonly leftAt: number[] = [];
  readonly backAt: number[] = [];
  /** How long each was disconnected. */
  readonly absences: number[] = [];
  readonly #clients: readonly ConnectedRecipient[];

  constructor(clients: readonly ConnectedRecipient[]) {
    this.#clients = clients;
    for (const { client } of clients) {
      let leftAt = Number.NaN;
      client.on("state", ({ state, reason }) => {
        const now = performance.now();
        if (state === "reconnecting") {
          leftAt = now;
          this.reasons.push(reason);
          this.leftAt.push(now);
        } else if (state === "catching-up") {
          this.backAt.push(now);
          this.absences.push(now - leftAt);
        }
      });
    }
  }

  get disconnectedCount(): number {
    return this.#clients.filter(({ client }) => client.state === "reconnecting").length;
  }
}

/** The times since the first of them, in order. */
export function sinceFirst(times: readonly number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.map((time) => time - (sorted[0] as number));
}

/** How many of these times the busiest second holds. */
export function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 1_000).length));
}
