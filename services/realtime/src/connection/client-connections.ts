import type { IncomingMessage } from "node:http";
import { DumbwaiterError, type NetworkPrefix } from "@dumbwaiter/core";
import {
  HeldBytes,
  type Holder,
  type HolderGroup,
  logRefusal,
  RecentUsers,
  ServerResponse,
} from "@dumbwaiter/service";
import type { Server } from "socket.io";
import type { RealtimeContext } from "../context.ts";
import type { AnonymousSession } from "../session/anonymous-session.ts";
import type { OpenSession } from "../session/open-session.ts";
import type { OpenSocket } from "../session/open-socket.ts";
import { ClientConnection } from "./client-connection.ts";
import { useClientTransports } from "./client-transport.ts";
import type { EngineSocket, Violation } from "./engine-socket.ts";
import { RefusalBudget } from "./refusal-budget.ts";
import { answerWebSocketOnly } from "./web-socket-only.ts";

/** Of all connections that have not joined: some 2,000 silent ones. */
const STRANGERS_BYTES = 64 * 1024 * 1024;

/** What one user and the whole process may hold, in full buffers of one socket. */
const BUFFERS_PER_USER = 16;
const BUFFERS_PER_PROCESS = 64;

/** What all anonymous sockets may hold, besides: as much as one user. */
const BUFFERS_OF_ANONYMOUS = BUFFERS_PER_USER;

interface TrackOptions {
  readonly context: Pick<RealtimeContext, "settings" | "timings" | "metrics" | "logger" | "turns">;
  readonly maxMessageBytes: number;
  /** Whether the origin of the page that opens a connection is allowed. */
  mayConnect(request: IncomingMessage): boolean;
  /** Of the caller. */
  networkOf(request: IncomingMessage): NetworkPrefix;
}

export interface ClientConnections {
  of(engine: EngineSocket): OpenConnection;
  /** The client has joined: it shares the limits of its user. */
  join(engine: EngineSocket, session: Pick<OpenSession, "user" | "end">): void;
  /** The client has joined without saying who it is: it shares the limits of its network, and of all who do so. */
  joinAnonymously(engine: EngineSocket, session: Pick<AnonymousSession, "network" | "end">): void;
  count(): number;
  /** Drops all of them. */
  destroy(): void;
}

type EngineRequest = IncomingMessage & { _query?: { sid?: unknown } };

/** A client's connection, from its first byte. */
class OpenConnection implements Holder {
  readonly connection: ClientConnection;
  readonly mayConnect: boolean;
  readonly network: NetworkPrefix;
  #handshakeTimer: NodeJS.Timeout | undefined;
  #session: Pick<OpenSocket, "end"> | undefined;
  #held: HeldBytes;
  group: HolderGroup | undefined;

  constructor(
    connection: ClientConnection,
    {
      mayConnect,
      network,
      handshakeMs,
      held,
    }: Pick<OpenConnection, "mayConnect" | "network"> & {
      readonly handshakeMs: number;
      readonly held: HeldBytes;
    },
  ) {
    this.connection = connection;
    this.mayConnect = mayConnect;
    this.network = network;
    this.#handshakeTimer = setTimeout(() => connection.destroy(), handshakeMs).unref();
    this.#held = held;
    held.add(this);
  }

  get heldBytes(): number {
    return this.connection.heldBytes;
  }

  joined(session: Pick<OpenSocket, "end">, held: HeldBytes, owner: string): void {
    this.#endHandshake();
    this.#session = session;
    this.#held = held;
    held.join(this, owner);
  }

  changed(): void {
    this.#held.update(this);
  }

  closed(): void {
    this.#endHandshake();
    this.#held.remove(this);
  }

  evict(): void {
    this.#session?.end("slow_consumer");
    this.connection.destroy();
  }

  #endHandshake(): void {
    clearTimeout(this.#handshakeTimer);
    this.#handshakeTimer = undefined; // It would take memory as long as the socket.
  }
}

/**
 * Tracks each connection of a server as it opens, ends those that break a limit or never join, and releases the request
 * that opened it.
 */
export function trackClientConnections(
  io: Server,
  { context, maxMessageBytes, mayConnect, networkOf }: TrackOptions,
): ClientConnections {
  const { settings, timings, metrics, logger, turns } = context;
  const open = new WeakMap<EngineSocket, OpenConnection>();
  const all = new Set<OpenConnection>();
  const refusalBudgets = new RecentUsers(() => RefusalBudget.ofUser());
  const held = new HeldBytes({
    strangers: STRANGERS_BYTES,
    owner: BUFFERS_PER_USER * settings.maxBufferedBytes,
    total: BUFFERS_PER_PROCESS * settings.maxBufferedBytes,
  });
  const anonymousBytes = BUFFERS_OF_ANONYMOUS * settings.maxBufferedBytes;
  /** Of their own: however much they hold, no user's sockets end for it. */
  const heldByAnonymous = new HeldBytes({ owner: anonymousBytes, total: anonymousBytes });

  function violated({ code, rule }: Violation): void {
    metrics.refused("connection", code);
    logRefusal(logger, "connection", new DumbwaiterError(code, rule), { rule });
  }

  const { hangUpMs, lingerMs } = timings;
  const connectionOptions = { maxMessageBytes, hangUpMs, lingerMs, violated };

  useClientTransports(io.engine);
  io.engine.use((request: EngineRequest, response: object, next: (error?: Error) => void) => {
    if (response instanceof ServerResponse) {
      answerWebSocketOnly(response);
      return;
    }
    // Engine.IO has just created a response that listens for `close`. Nobody uses the response, and the listener would
    // keep it and the request in memory for as long as the socket.
    const listener = request.socket.listeners("close").at(-1);
    if (listener) request.socket.off("close", listener as () => void);
    // Engine.IO would exchange the transport of a connection that is known under its own.
    next(request._query?.sid === undefined ? undefined : new Error("no upgrades"));
  });
  io.engine.on("connection", (engine: EngineSocket) => {
    const request = engine.request as EngineRequest;
    const { socket } = request;
    const connection = new ClientConnection(engine, connectionOptions);
    connection.setReceiver({
      receive: (packet) => turns.add(connection, () => connection.deliver(packet)),
    });
    const entry = new OpenConnection(connection, {
      mayConnect: mayConnect(request),
      network: networkOf(request),
      handshakeMs: timings.handshakeMs,
      held,
    });
    connection.setOwner(entry);
    open.set(engine, entry);
    all.add(entry);
    // on() and not once(), as in Places.
    socket.on("close", () => {
      entry.closed();
      all.delete(entry);
    });
    // The request, over 3 KB of heap with its headers, would live as long as the socket.
    (engine as { request: unknown }).request = null;
  });

  return {
    of: (engine) => open.get(engine) as OpenConnection,
    join(engine, session) {
      const entry = open.get(engine) as OpenConnection;
      entry.joined(session, held, session.user);
      entry.connection.join(refusalBudgets.of(session.user));
    },
    joinAnonymously(engine, session) {
      const entry = open.get(engine) as OpenConnection;
      entry.joined(session, heldByAnonymous, session.network);
      entry.connection.join(RefusalBudget.ofAnonymousSocket());
    },
    count: () => all.size,
    destroy() {
      for (const { connection } of all) connection.destroy();
    },
  };
}
