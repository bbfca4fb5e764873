import { within } from "../backoff.ts";
import { DumbwaiterError } from "../error.ts";
import type { CallOptions, SecureEnvelope } from "../model.ts";
import { retried } from "../retried.ts";
import { openSocket, type SocketConnection } from "../socket/socket-connection.ts";

/** To open the connection, and to get the answer. */
const ATTEMPT_TIMEOUT_MS = 30_000;

/** Between two sends: the server has few places for connections of which it does not know whose they are. */
const LINGER_MS = 10_000;

interface AnonymousSendOptions extends CallOptions {
  readonly accessKey: string;
  readonly idempotencyKey: string;
}

/**
 * Sends without saying who it is: over a connection of its own, which has never borne a token and never will. It is
 * open while something is sent, and for 10 s more; it does not keep a process alive.
 */
export class AnonymousSender {
  readonly #url: string;
  readonly #life: AbortSignal | undefined;
  #connection: SocketConnection | undefined;
  #opened: Promise<SocketConnection> | undefined;
  #sending = 0;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /** @param life ends all sends with its reason */
  constructor(url: string, life?: AbortSignal) {
    this.#url = url;
    this.#life = life;
    life?.addEventListener("abort", () => this.#close());
  }

  /** @throws DumbwaiterError the last failure; `aborted` or `closed` */
  async send(
    envelope: SecureEnvelope,
    { accessKey, idempotencyKey, ...options }: AnonymousSendOptions,
  ): Promise<{ readonly id: string }> {
    const { id } = await retried({
      server: this.#url,
      options,
      life: this.#life,
      attempt: (signal) => this.#attempt(signal, envelope, { accessKey, idempotencyKey }),
    });
    if (typeof id === "string") return { id };
    throw new DumbwaiterError("unexpected_response", "Not an answer of this API: is the URL right?");
  }

  async #attempt(signal: AbortSignal, ...args: readonly unknown[]) {
    this.#sending++;
    clearTimeout(this.#linger);
    try {
      return await within(this.#request(signal, args), ATTEMPT_TIMEOUT_MS, signal, () => this.#fail());
    } finally {
      if (--this.#sending === 0) this.#closeSoon();
    }
  }

  async #request(signal: AbortSignal, args: readonly unknown[]) {
    const connection = await this.#open();
    signal.throwIfAborted();
    return connection.request("send", ...args);
  }

  #open(): Promise<SocketConnection> {
    this.#opened ??= new Promise((resolve, reject) => {
      const connection = openSocket(this.#url, { anonymous: true }, { connected: () => resolve(connection) });
      this.#connection = connection;
      void connection.ended.then((reason) => {
        reject(reason);
        if (this.#connection === connection) this.#connection = this.#opened = undefined;
      });
    });
    return this.#opened;
  }

  #fail(): never {
    this.#close();
    throw new DumbwaiterError("timeout", `No answer within ${ATTEMPT_TIMEOUT_MS} ms`);
  }

  #closeSoon(): void {
    this.#linger = setTimeout(() => this.#close(), LINGER_MS);
    (this.#linger as { unref?(): void }).unref?.();
    if (this.#life?.aborted) this.#close();
  }

  #close(): void {
    clearTimeout(this.#linger);
    this.#connection?.close(new DumbwaiterError("closed", "The connection is not needed anymore"));
  }
}
