import type { Client, Store } from "@dumbwaiter/client";
import { type Endpoints, untilLive, WireUser } from "@dumbwaiter/wire-user";
import { inFlight } from "./in-flight.ts";

const AT_ONCE = 64;

/** Connected users who acknowledge what they receive. */
export class Recipients {
  readonly users: readonly WireUser[];
  readonly #clients: Client[] = [];
  readonly #acked = new Map<string, () => void>();
  readonly #early = new Set<string>();
  /** When each message arrived, by `performance.now()`. */
  readonly receivedAt = new Map<string, number>();

  private constructor(users: readonly WireUser[]) {
    this.users = users;
  }

  static async connect(prefix: string, count: number, endpoints: readonly Endpoints[]): Promise<Recipients> {
    const users = Array.from(
      { length: count },
      (_, index) => new WireUser(`${prefix}-${index}`, endpoints[index % endpoints.length] as Endpoints),
    );
    const recipients = new Recipients(users);
    await inFlight(AT_ONCE, count, (index) => recipients.#connect(users[index] as WireUser));
    return recipients;
  }

  /** Resolves when the server has deleted the message. */
  acknowledged(id: string): Promise<void> {
    if (this.#early.delete(id)) return Promise.resolve();
    return new Promise((resolve) => this.#acked.set(id, resolve));
  }

  async disconnect(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #connect(user: WireUser): Promise<void> {
    const client = user.connect({ store: this.#store() });
    this.#clients.push(client);
    void this.#receive(client);
    await untilLive(client);
  }

  async #receive(client: Client): Promise<void> {
    for await (const message of client.messages()) {
      this.receivedAt.set(message.id, performance.now());
      await message.ack();
    }
  }

  /** Keeps nothing: the client tells it what the server has deleted. */
  #store(): Store {
    return {
      read: async () => [],
      write: async (changes) => {
        for (const [id, mark] of changes) if (mark === "acked") this.#done(id);
      },
    };
  }

  #done(id: string): void {
    const resolve = this.#acked.get(id);
    if (resolve === undefined) this.#early.add(id);
    else resolve();
    this.#acked.delete(id);
  }
}
