import { type Endpoints, nextEvent, type WireMessage, WireUser } from "@dumbwaiter/wire-user";
import type { Socket } from "socket.io-client";

/** Ids that one acknowledgement collects, as a client that saves in batches would. */
const ACK_BATCH = 20;
const ACK_DELAY_MS = 20;

/** Connected users who acknowledge what they receive, in small batches. */
export class Recipients {
  readonly users: readonly WireUser[];
  readonly #sockets: Socket[] = [];
  readonly #acked = new Map<string, () => void>();
  readonly #early = new Set<string>();
  /** When each message arrived, by `performance.now()`. */
  readonly receivedAt = new Map<string, number>();
  duplicates = 0;

  private constructor(users: readonly WireUser[]) {
    this.users = users;
  }

  static async connect(prefix: string, count: number, endpoints: readonly Endpoints[]): Promise<Recipients> {
    const users = Array.from(
      { length: count },
      (_, index) => new WireUser(`${prefix}-${index}`, endpoints[index % endpoints.length] as Endpoints),
    );
    const recipients = new Recipients(users);
    await Promise.all(users.map((user) => recipients.#connect(user)));
    return recipients;
  }

  /** Resolves when the message is acknowledged. */
  acknowledged(id: string): Promise<void> {
    if (this.#early.delete(id)) return Promise.resolve();
    return new Promise((resolve) => this.#acked.set(id, resolve));
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.disconnect();
  }

  async #connect(user: WireUser): Promise<void> {
    const socket = await user.socket();
    this.#sockets.push(socket);
    let waiting: string[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = async () => {
      clearTimeout(timer);
      timer = undefined;
      const messageIds = waiting;
      waiting = [];
      const answer = await socket.emitWithAck("ack", { messageIds });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      for (const id of messageIds) this.#done(id);
    };
    socket.on("message", ({ id }: WireMessage) => {
      if (this.receivedAt.has(id)) this.duplicates += 1;
      else this.receivedAt.set(id, performance.now());
      waiting.push(id);
      if (waiting.length >= ACK_BATCH) void flush();
      else timer ??= setTimeout(flush, ACK_DELAY_MS);
    });
    await nextEvent(socket, "queue:empty");
  }

  #done(id: string): void {
    const resolve = this.#acked.get(id);
    if (resolve === undefined) this.#early.add(id);
    else resolve();
    this.#acked.delete(id);
  }
}
