import type { ConnectedRecipient } from "../traffic/recipient.ts";

interface Closing {
  readonly code: string;
  readonly retryable: boolean;
}

/** When clients were told to leave, and when they reconnected. Times are those of `performance.now()`. */
export class ClientReturns {
  readonly closings: Closing[] = [];
  readonly leftAt: number[] = [];
  readonly backAt: number[] = [];
  /** How long each was disconnected. */
  readonly absences: number[] = [];
  readonly #clients: readonly ConnectedRecipient[];

  constructor(clients: readonly ConnectedRecipient[]) {
    this.#clients = clients;
    for (const { socket } of clients) {
      let leftAt = Number.NaN;
      socket.on("closing", (closing: Closing) => {
        leftAt = performance.now();
        this.closings.push(closing);
        this.leftAt.push(leftAt);
      });
      socket.on("connect", () => {
        const backAt = performance.now();
        this.backAt.push(backAt);
        this.absences.push(backAt - leftAt);
      });
    }
  }

  get disconnectedCount(): number {
    return this.#clients.filter(({ socket }) => !socket.connected).length;
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
