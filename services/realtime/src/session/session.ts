import {
  type ClosingCode,
  type DeviceAddress,
  findDevice,
  type MessageId,
  type QueueAddress,
  type QueuedMessage,
  type SecureEnvelope,
  type UserId,
} from "@dumbwaiter/core";
import type { Socket } from "socket.io";
import type { ClientConnection } from "../connection/client-connection.ts";
import type { RealtimeContext } from "../context.ts";
import { AckProbe, type ProbedSession } from "./ack-probe.ts";
import type { AdmittedDevice } from "./admitted-socket.ts";
import { Feed, type FeedSubscriber } from "./feed.ts";
import type { OpenSession } from "./open-session.ts";
import { type EndingSession, SocketEnd } from "./socket-end.ts";
import { TokenExpiry } from "./token-expiry.ts";
import { Window } from "./window.ts";

/** A message as it is sent over the socket. */
interface MessageJson {
  readonly id: MessageId;
  readonly envelope: SecureEnvelope;
}

/** One socket of one device, from its admission to its end. */
export class Session implements OpenSession, FeedSubscriber, ProbedSession, EndingSession {
  readonly address: DeviceAddress;
  readonly room: string;
  readonly queue: QueueAddress;
  readonly connection: ClientConnection;
  readonly window: Window;
  readonly #context: RealtimeContext;
  readonly #socket: Socket;
  readonly #feed: Feed;
  readonly #probe: AckProbe;
  readonly #tokenExpiry: TokenExpiry;
  readonly #end: SocketEnd;
  /** Since when the device has had this socket, with room in its window. */
  #receivesSince: number;
  touchedAt: number;

  constructor(
    context: RealtimeContext,
    socket: Socket,
    connection: ClientConnection,
    admitted: AdmittedDevice,
  ) {
    const { user } = admitted.address;
    this.#context = context;
    this.#socket = socket;
    this.connection = connection;
    this.address = admitted.address;
    this.room = admitted.room;
    this.queue = { user, queue: admitted.queue };
    this.touchedAt = context.clock.now();
    this.#receivesSince = this.touchedAt;
    this.window = new Window(context.settings.maxUnacked);
    this.#probe = new AckProbe(context, this);
    this.#feed = new Feed(context, this);
    this.#tokenExpiry = new TokenExpiry(admitted.expiresAt);
    this.#end = new SocketEnd(context, socket, this);
  }

  get user(): UserId {
    return this.address.user;
  }

  get tokenExpiresAt(): number {
    return this.#tokenExpiry.at;
  }

  get oldestUnackedAt(): number | undefined {
    return this.window.oldestSentAt;
  }

  start(): void {
    this.#socket.onAnyOutgoing((event: string, argument: unknown) => this.#onOutgoing(event, argument));
    this.connection.setBufferWatcher(this.#feed);
    this.#context.localDevices.add(this);
    this.#feed.start();
  }

  resync(): void {
    this.#feed.restart();
  }

  /** See {@link TokenExpiry.beginReplacement}. */
  beginTokenReplacement(): (expiresAt: number) => void {
    return this.#tokenExpiry.beginReplacement();
  }

  isUnacked(id: MessageId): boolean {
    return this.window.has(id);
  }

  acked(ids: readonly MessageId[]): void {
    if (!this.#socket.connected) return;
    const before = this.window.size;
    for (const id of ids) this.window.delete(id);
    this.#context.metrics.unacked.dec(before - this.window.size);
    this.#feed.freed(ids);
  }

  async isRegistered(): Promise<boolean> {
    const device = await findDevice(this.#context.devices, this.address);
    return device?.queue === this.queue.queue;
  }

  joinRoom(): void {
    this.#receivesSince = this.#context.clock.now();
    this.#probe.stop();
    this.#socket.join(this.room);
  }

  leaveRoom(): void {
    this.#probe.start();
    this.#socket.leave(this.room);
  }

  confirmSubscription(): Promise<void> {
    return this.#context.subscriptions.confirm(this.address);
  }

  sendQueued({ id, envelope, storedAt }: QueuedMessage): void {
    this.#measureDelay("backlog", storedAt);
    this.#socket.emit("message", { id, envelope: JSON.parse(envelope.toString("utf8")) });
  }

  caughtUp(): void {
    this.#socket.emit("queue:empty");
  }

  unregistered(): void {
    this.end("device_removed");
  }

  catchUpFailed(): void {
    this.end("unavailable");
  }

  end(code: ClosingCode): void {
    if (this.#end.code !== undefined) return;
    this.#feed.stop();
    this.#end.begin(code);
  }

  ended(): void {
    const { localDevices, metrics, pushOnClose, handOver } = this.#context;
    this.#feed.stop();
    this.#probe.stop();
    localDevices.remove(this);
    metrics.unacked.dec(this.window.size);
    if (this.window.size === 0) return;
    const unfinished = { address: this.address, queue: this.queue, unacked: this.window.entries() };
    if (this.#end.code === "device_removed") handOver.begin(unfinished);
    else pushOnClose.socketClosed(unfinished);
  }

  /** Sees every event for this client before it is written: what the session sends and what the bus delivers. */
  #onOutgoing(event: string, argument: unknown): void {
    if (event === "message") this.#onMessage(argument as MessageJson);
    // The bus says that the device was removed. It may have registered again since: a catch-up looks.
    else if (event === "closing" && this.#end.code === undefined) this.#feed.restart();
  }

  #onMessage(message: MessageJson): void {
    const { metrics, clock, steps } = this.#context;
    const live = this.#context.metadataOf(message);
    const from = live ? "live" : "backlog";
    metrics.delivered(from);
    steps.took("deliver", message.id, { from, log: { device: this.address.device } });
    if (live) this.#measureDelay(from, live.acceptedAt);
    // An ephemeral message is never queued, so there is nothing to acknowledge.
    if (message.envelope.isEphemeral) return;
    const before = this.window.size;
    this.window.add(message.id, { priority: message.envelope.priority ?? 0, at: clock.now() });
    metrics.unacked.inc(this.window.size - before);
  }

  /**
   * What came before the socket could receive is late because the device was away, or its window full.
   *
   * @param since when the message was accepted, or else stored
   */
  #measureDelay(from: "backlog" | "live", since: number): void {
    if (since < this.#receivesSince) return;
    const { metrics, clock } = this.#context;
    metrics.deliveryLatency.observe({ from }, Math.max(0, clock.now() - since) / 1000);
  }
}
