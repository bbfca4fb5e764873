import { AnonymousSender } from "./anonymous/anonymous-sender.ts";
import { pause, retryDelayMs, within } from "./backoff.ts";
import { checkOptions, checkRealtimeUrl } from "./check-options.ts";
import { reactionTo } from "./codes.ts";
import { asError, DumbwaiterError } from "./error.ts";
import { type ClientEvents, Events, type State } from "./events.ts";
import { type HttpApi, httpApi } from "./http/http-api.ts";
import { HttpCalls } from "./http/http-calls.ts";
import type { HttpClient, HttpClientOptions } from "./http-client.ts";
import { AckSender } from "./messages/ack-sender.ts";
import { Deliveries } from "./messages/deliveries.ts";
import { Ledger } from "./messages/ledger.ts";
import type { Message } from "./model.ts";
import { openSocket, type SocketConnection } from "./socket/socket-connection.ts";
import { refreshToken } from "./socket/token-refresh.ts";
import { memoryStore } from "./stores/memory-store.ts";
import type { Store } from "./stores/store.ts";
import { type TokenFunction, TokenSource } from "./token-source.ts";

export interface ConnectOptions extends HttpClientOptions {
  readonly token: TokenFunction;
  /** `memoryStore()` by default. */
  readonly store?: Store;
}

export interface CloseOptions {
  /** How long to wait until the server has confirmed the acknowledgements, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number;
}

/** A connected device. The README has its states, and what it does about each code. */
export interface Client extends HttpClient {
  readonly state: State;
  /** @returns what removes the listener */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /**
   * The messages as they come, each once; several loops share them. Ends when the client is closed, and throws
   * the reason if it had to close by itself.
   */
  messages(): AsyncIterableIterator<Message>;
  /** Flushes the acknowledgements and ends everything that is under way. Nothing of the client is left then. */
  close(options?: CloseOptions): Promise<void>;
}

/** Of refused tokens in a row. */
const MAX_REFUSED_TOKENS = 3;
const FLUSH_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** Acknowledgements of an earlier life wait for the connection this long, then take the HTTP API. */
const CONNECTION_GRACE_MS = 2_000;

/**
 * Opens a connection at once and keeps it open: it reconnects until the client is closed, or refused for good.
 *
 * @throws TypeError for options with which it could never connect
 */
export function connect(options: ConnectOptions): Client {
  checkOptions(options);
  checkRealtimeUrl(options.realtimeUrl ?? options.url);
  const client = new ConnectedClient(options);
  void client.run();
  return client;
}

class ConnectedClient implements Client {
  readonly #options: ConnectOptions;
  readonly #events = new Events();
  readonly #life = new AbortController();
  readonly #tokens: TokenSource;
  readonly #api: HttpApi;
  readonly #ledger: Ledger;
  /** The ids that an earlier life has saved. The store takes no write before. */
  readonly #loaded: Promise<string[]>;
  readonly #acks: AckSender;
  readonly #deliveries: Deliveries;
  #connection: SocketConnection | undefined;
  #state: State = "connecting";
  /** Ends the pause before the next attempt. */
  #wake = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: ConnectOptions) {
    const { url, realtimeUrl = url, token, deviceId, store = memoryStore() } = options;
    this.#options = options;
    this.#tokens = new TokenSource(token, this.#life.signal);
    const calls = new HttpCalls(url, this.#tokens, deviceId, this.#life.signal);
    this.#api = httpApi(calls, new AnonymousSender(realtimeUrl, this.#life.signal));
    this.#ledger = new Ledger(store);
    this.#loaded = this.#ledger.load();
    this.#acks = new AckSender({
      deliver: (ids) => this.#deliverAcks(ids),
      confirmed: (ids) => this.#ledger.acked(ids),
      failed: (error) => this.#events.emit("error", error),
    });
    this.#deliveries = new Deliveries(this.#ledger, this.#acks);
  }

  get state(): State {
    return this.#state;
  }

  get devices(): HttpApi["devices"] {
    return this.#api.devices;
  }

  get accessKey(): HttpApi["accessKey"] {
    return this.#api.accessKey;
  }

  on: Client["on"] = (name, listener) => this.#events.on(name, listener);
  send: Client["send"] = (envelope, options) => this.#api.send(envelope, options);
  pull: Client["pull"] = (options) => this.#api.pull(options);
  ack: Client["ack"] = (messageIds, options) => this.#api.ack(messageIds, options);
  messages: Client["messages"] = () => this.#deliveries.messages();
  drain: Client["drain"] = (options) =>
    this.#deliveries.drain({
      pull: async () => {
        await this.#loaded;
        return this.#api.pull({ ...options, limit: 500 });
      },
      flush: () => this.#acks.flush(FLUSH_TIMEOUT_MS, this.#life.signal),
    });

  /** Over the connection if there is one: then the server's window knows at once. */
  async #deliverAcks(messageIds: readonly string[]): Promise<void> {
    if (this.#connection?.isConnected) await this.#connection.request("ack", { messageIds });
    else await this.#api.ack(messageIds, { timeoutMs: 0 });
  }

  close({ timeoutMs = CLOSE_TIMEOUT_MS }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs);
    return this.#closed;
  }

  async run(): Promise<void> {
    const page = globalThis as Partial<EventTarget>;
    const online = () => this.#wake.abort();
    page.addEventListener?.("online", online);
    try {
      this.#acks.add(await this.#loaded, CONNECTION_GRACE_MS);
      await this.#keepConnected();
    } catch (error) {
      if (!this.#closed) this.#end(asError(error, "internal", "The client has failed"));
    } finally {
      page.removeEventListener?.("online", online);
    }
  }

  /** @throws DumbwaiterError why it can not be connected anymore */
  async #keepConnected(): Promise<void> {
    let failures = 0;
    let refusedTokens = 0;
    while (!this.#closed) {
      const { reason, hadProgress } = await this.#connectOnce();
      if (this.#closed) return;
      this.#deliveries.dropQueued();
      if (hadProgress) failures = refusedTokens = 0;
      const reaction = reactionTo(reason.code);
      if (reaction === "renew") refusedTokens++;
      if (refusedTokens >= MAX_REFUSED_TOKENS || !(reason.retryable || reaction === "renew")) throw reason;
      if (this.#state !== "connecting") this.#setState("reconnecting", reason);
      if (!isFarewell(reason)) this.#events.emit("error", reason);
      if (this.#closed) return;
      this.#wake = new AbortController();
      await pause(retryDelayMs(failures++, reason.retryAfterMs), this.#wake.signal).catch(() => {});
    }
  }

  /** One connection, from its token to its end. */
  async #connectOnce(): Promise<{ reason: DumbwaiterError; hadProgress: boolean }> {
    const { url, realtimeUrl = url, deviceId } = this.#options;
    const end = new AbortController();
    let hadProgress = false;
    try {
      const token = await this.#tokens.fresh();
      if (this.#closed) throw new DumbwaiterError("closed", "The client was closed");
      const connection = openSocket(realtimeUrl, deviceId === undefined ? { token } : { token, deviceId }, {
        connected: () => {
          this.#setState("catching-up");
          this.#acks.retryNow();
          const failed = (error: DumbwaiterError) => this.#events.emit("error", error);
          void refreshToken({ connection, tokens: this.#tokens, token, signal: end.signal, failed });
        },
        message: (message) => {
          hadProgress = true;
          this.#deliveries.receive(message);
        },
        caughtUp: () => {
          hadProgress = true;
          this.#setState("live");
        },
      });
      this.#connection = connection;
      return { reason: await connection.ended, hadProgress };
    } catch (error) {
      return { reason: asError(error, "token_failed", "token() failed"), hadProgress };
    } finally {
      this.#connection = undefined;
      end.abort();
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    if (this.#state === "closed") return;
    this.#wake.abort();
    this.#deliveries.end();
    const deadline = performance.now() + timeoutMs;
    // Those of an earlier life are known once the store is read.
    const recorded = Promise.allSettled([this.#loaded]).then(() => this.#deliveries.recorded());
    await within(recorded, timeoutMs, undefined, () => undefined);
    // What is not confirmed by then is in the store, for the next client to send.
    await this.#acks.flush(deadline - performance.now()).catch(() => {});
    this.#end();
  }

  /** @param error why, if it was not asked to */
  #end(error?: DumbwaiterError): void {
    const closed = new DumbwaiterError("closed", "The client is closed", { cause: error });
    this.#acks.stop();
    this.#life.abort(closed);
    this.#connection?.close(closed);
    this.#deliveries.end(error);
    this.#setState("closed", error);
    if (error) this.#events.emit("error", error);
    this.#events.clear();
  }

  #setState(state: State, reason?: DumbwaiterError): void {
    if (state === this.#state || this.#state === "closed") return;
    this.#state = state;
    this.#events.emit("state", reason === undefined ? { state } : { state, reason: reason.code });
  }
}

/** The server asked the client to come back: nothing has failed. */
function isFarewell({ code }: DumbwaiterError): boolean {
  return code === "drain";
}
