import {
  backoffMs,
  type Cursor,
  MAX_PULL_LIMIT,
  type MessageId,
  type MessagePage,
  type QueueAddress,
  type QueuedMessage,
  UnavailableError,
} from "@dumbwaiter/core";
import type { BufferWatcher, ClientConnection } from "../connection/client-connection.ts";
import type { RealtimeContext } from "../context.ts";
import type { Window } from "./window.ts";

/** What the feeds of a node share. */
type FeedContext = Pick<RealtimeContext, "queues" | "settings" | "timings" | "logger">;

/**
 * The session that a feed serves. It is one object, because a set of callbacks for each socket would use memory while
 * the socket is idle.
 */
export interface FeedSubscriber {
  readonly queue: QueueAddress;
  readonly window: Window;
  readonly connection: ClientConnection;
  joinRoom(): void;
  leaveRoom(): void;
  /** Resolves once deliveries from now on reach this node. */
  confirmSubscription(): Promise<void>;
  isRegistered(): Promise<boolean>;
  sendQueued(message: QueuedMessage): void;
  caughtUp(): void;
  /** The queue does not, or no longer, belong to the device. */
  unregistered(): void;
  /** Catching up has failed for too long. */
  catchUpFailed(): void;
}

/**
 * Sends one socket its backlog and then live messages, under one window. While the window is full the socket stays out
 * of its device's room; once half of it is free, the socket joins and catches up. While the delivery bus is unavailable
 * it gets what is queued all the same.
 */
export class Feed implements BufferWatcher {
  readonly #context: FeedContext;
  readonly #subscriber: FeedSubscriber;
  #joined = false;
  #stopped = false;
  #again = false;
  /** Everything queued up to here was sent, unless there is a gap. */
  #cursor: Cursor | undefined;
  /** A message stored before the cursor may have become readable only after the cursor had passed it. */
  #gap = false;
  #cursorStartedAt = 0;
  /**
   * Messages that were acked while a page was being read, because the page may hold them too. Undefined unless a
   * catch-up is running.
   */
  #settled: Set<MessageId> | undefined;
  /** All that was queued has been sent since the start, but the subscription is not confirmed. */
  #readUnconfirmed = false;
  #failingSince: number | undefined;
  #failures = 0;

  constructor(context: FeedContext, subscriber: FeedSubscriber) {
    this.#context = context;
    this.#subscriber = subscriber;
  }

  /** Joins the room and catches up; again if it is already catching up. */
  start(): void {
    this.#again = true;
    this.#readUnconfirmed = false;
    if (this.#settled || this.#stopped) return;
    this.#settled = new Set();
    void this.#run();
  }

  /** Deliveries may have been missed: reads the queue from the beginning. */
  restart(): void {
    this.#cursor = undefined;
    if (this.#joined) this.start();
  }

  /** Messages were acked: their places in the window are free. */
  freed(ids: readonly MessageId[]): void {
    for (const id of ids) this.#settled?.add(id);
    this.checkFree();
  }

  checkFull(): void {
    const { window, connection } = this.#subscriber;
    const { maxBufferedBytes } = this.#context.settings;
    if (!this.#joined || !(window.isFull || connection.waitingBytes >= maxBufferedBytes)) return;
    this.#joined = false;
    this.#gap = true;
    this.#subscriber.leaveRoom();
  }

  checkFree(): void {
    const { window, connection } = this.#subscriber;
    const { maxBufferedBytes } = this.#context.settings;
    if (this.#joined || this.#stopped) return;
    if (window.isHalfFree && connection.waitingBytes <= maxBufferedBytes / 2) this.start();
  }

  /** Leaves the room for good. */
  stop(): void {
    this.#stopped = true;
    if (!this.#joined) return;
    this.#joined = false;
    this.#subscriber.leaveRoom();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#catchUp();
        this.#failingSince = undefined;
        this.#failures = 0;
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
    this.#settled = undefined;
  }

  async #catchUp(): Promise<void> {
    this.#settled?.clear();
    if (!this.#joined) {
      this.#joined = true;
      this.#subscriber.joinRoom();
    }
    const cursorAgeMs = performance.now() - this.#cursorStartedAt;
    if (this.#gap && cursorAgeMs > this.#context.timings.maxCursorAgeMs) this.#cursor = undefined;
    const unconfirmed = await this.#subscriber.confirmSubscription().then(
      () => undefined,
      (error) => ({ error }),
    );
    if (this.#stopped) return;
    // Without the bus, what is queued is sent once. It is read again when the subscription stands.
    if (!unconfirmed || !this.#readUnconfirmed) this.#readUnconfirmed = await this.#sendBacklog();
    if (unconfirmed && this.#readUnconfirmed) throw unconfirmed.error;
  }

  /** @returns whether all that was queued has been sent */
  async #sendBacklog(): Promise<boolean> {
    let registered: Promise<boolean> | undefined = this.#subscriber.isRegistered();
    // A removal before the room was joined has been missed. It is looked up together with the first page.
    registered.catch(() => {});
    while (this.#joined && !this.#stopped) {
      const page = await this.#readPage();
      if (registered && !(await registered)) {
        this.#subscriber.unregistered();
        return false;
      }
      registered = undefined;
      const hadGap = this.#gap;
      if (this.#stopped || this.#again || !this.#sendPage(page)) return false;
      if (page.hasMore) continue;
      if (!hadGap) {
        this.#subscriber.caughtUp();
        return true;
      }
      this.#cursor = undefined;
    }
    return false;
  }

  async #readPage(): Promise<MessagePage> {
    const { queue, window, connection } = this.#subscriber;
    const { queues, settings } = this.#context;
    const { maxBufferedBytes } = settings;
    const fromBeginning = this.#cursor === undefined;
    if (fromBeginning) {
      this.#gap = false;
      this.#cursorStartedAt = performance.now();
    }
    this.#settled?.clear();
    return queues.page(queue, {
      limit: Math.min(Math.max(1, window.free + (fromBeginning ? window.size : 0)), MAX_PULL_LIMIT),
      maxBytes: Math.max(maxBufferedBytes - connection.waitingBytes, maxBufferedBytes / 2),
      after: this.#cursor,
      isGone: () => this.#stopped,
    });
  }

  /** @returns whether all of it was sent; if not, it must be read again */
  #sendPage(page: MessagePage): boolean {
    for (const message of page.messages) {
      if (!this.#joined || this.#stopped) return false;
      if (this.#subscriber.window.has(message.id) || this.#settled?.has(message.id)) continue;
      this.#subscriber.sendQueued(message);
    }
    this.#cursor = page.cursor ?? this.#cursor;
    return true;
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const { timings, logger } = this.#context;
    if (this.#stopped) return;
    if (!(error instanceof UnavailableError)) logger.error({ err: error }, "failed to catch up; will retry");
    this.#failingSince ??= performance.now();
    // Sockets give up at different times, because all of their clients reconnect.
    const patience = timings.unavailableMs * (1 + Math.random() / 2);
    if (performance.now() - this.#failingSince > patience) return this.#subscriber.catchUpFailed();
    const pause = backoffMs({ firstMs: timings.retryMs, maxMs: timings.retryMaxMs }, this.#failures);
    this.#failures += 1;
    await new Promise((resolve) => setTimeout(resolve, pause).unref());
    this.#cursor = undefined;
    this.#again = true;
  }
}
