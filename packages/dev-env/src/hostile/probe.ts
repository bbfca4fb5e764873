import { DumbwaiterError } from "@dumbwaiter/client";
import { type Endpoints, newEnvelope, WireUser } from "@dumbwaiter/wire-user";
// Bare: it times the answer to each ack and counts each disconnect, which the SDK hides.
import { BareUser, type WireMessage } from "@dumbwaiter/wire-user/bare";
import type { Socket } from "socket.io-client";
import { uniqueName } from "../servers/unique-name.ts";

const EVERY_MS = 100;
/** A call without an answer, or a message that has not arrived, by then has failed. */
const PATIENCE_MS = 10_000;

interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface ProbeReport {
  readonly sent: number;
  readonly failures: Readonly<Record<string, number>>;
  /** From a send to its 202, from a send to its message at the recipient, from an ack to its answer. */
  readonly sendMs: Spread;
  readonly deliveryMs: Spread;
  readonly ackMs: Spread;
}

/** What was sent between two reports. */
class Phase {
  readonly calls: Promise<void>[] = [];
  readonly failures: Record<string, number> = {};
  readonly sendMs: number[] = [];
  readonly deliveryMs: number[] = [];
  readonly ackMs: number[] = [];

  fails(reason: string): void {
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
  }

  async report(): Promise<ProbeReport> {
    await Promise.all(this.calls);
    const { sendMs, deliveryMs, ackMs } = this;
    return {
      sent: this.calls.length,
      failures: this.failures,
      ...{ sendMs: spread(sendMs), deliveryMs: spread(deliveryMs), ackMs: spread(ackMs) },
    };
  }
}

interface Arriving {
  readonly phase: Phase;
  readonly sentAt: number;
  readonly arrived: () => void;
}

/** What someone else experiences meanwhile: sends ten messages a second to a friend, who receives and acks them. */
export class Probe {
  readonly #sender: WireUser;
  readonly #recipient: BareUser;
  readonly #arriving = new Map<string, Arriving>();
  #phase = new Phase();

  constructor(endpoints: Endpoints) {
    this.#sender = new WireUser(uniqueName("probe"), endpoints);
    this.#recipient = new BareUser(uniqueName("probe"), endpoints);
  }

  /** Resolves once the recipient is connected and the first message has gone around. */
  async start(): Promise<void> {
    const socket = await this.#recipient.socket({ reconnectionDelay: 100, reconnectionDelayMax: 500 });
    socket.on("message", (message: WireMessage) => this.#receives(socket, message));
    await new Promise<void>((resolve) => socket.once("queue:empty", resolve));
    socket.on("disconnect", () => this.#phase.fails("disconnected"));
    await this.#send(this.#phase);
    setInterval(() => this.#phase.calls.push(this.#send(this.#phase)), EVERY_MS);
  }

  /** What was sent since the last report, once it has arrived or failed. */
  report(): Promise<ProbeReport> {
    const phase = this.#phase;
    this.#phase = new Phase();
    return phase.report();
  }

  async #send(phase: Phase): Promise<void> {
    const envelope = newEnvelope(this.#recipient);
    const sentAt = performance.now();
    const arrived = new Promise<void>((resolve) => {
      this.#arriving.set(envelope.encryptedData, { phase, sentAt, arrived: resolve });
    });
    try {
      await within(this.#sender.send(this.#recipient, envelope, { timeoutMs: 0 }), "send");
      phase.sendMs.push(performance.now() - sentAt);
      await within(arrived, "delivery");
    } catch (error) {
      phase.fails(error instanceof Late ? error.message : `send: ${reasonOf(error)}`);
    }
  }

  #receives(socket: Socket, { id, envelope }: WireMessage): void {
    const arriving = this.#arriving.get(envelope.encryptedData);
    if (!arriving) return; // again
    this.#arriving.delete(envelope.encryptedData);
    const { phase, sentAt, arrived } = arriving;
    const arrivedAt = performance.now();
    phase.deliveryMs.push(arrivedAt - sentAt);
    arrived();
    phase.calls.push(
      socket
        .timeout(PATIENCE_MS)
        .emitWithAck("ack", { messageIds: [id] })
        .then(
          ({ ok, error }) => {
            if (ok) phase.ackMs.push(performance.now() - arrivedAt);
            else phase.fails(`ack: ${error.code}`);
          },
          () => phase.fails("ack: late"),
        ),
    );
  }
}

class Late extends Error {}

async function within<T>(work: Promise<T>, name: string): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Late(`${name}: late`)), PATIENCE_MS).unref();
  });
  return await Promise.race([work, late]);
}

/** The status, or why there was none. */
function reasonOf(error: unknown): string {
  return error instanceof DumbwaiterError ? String(error.status ?? error.code) : String(error);
}

function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
