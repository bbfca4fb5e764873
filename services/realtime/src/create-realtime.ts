import type { Server as HttpServer } from "node:http";
import { createSendMessage, serveFairly } from "@dumbwaiter/core";
import {
  createNetworkOfCaller,
  createOriginCheck,
  MessageSteps,
  RecentUsers,
  Turns,
} from "@dumbwaiter/service";
import { Server } from "socket.io";
import { boundedWebSocketServer } from "./connection/bounded-web-socket-server.ts";
import { trackClientConnections } from "./connection/client-connections.ts";
import { createDeliveryParser } from "./connection/delivery-parser.ts";
import { createHandshake } from "./connection/handshake.ts";
import { makeUpgradesInTurn } from "./connection/upgrades.ts";
import type { RealtimeContext } from "./context.ts";
import type { RealtimeDependencies, RealtimeSettings } from "./dependencies.ts";
import { createRealtimeMetrics, watchOldestUnacked } from "./metrics.ts";
import { AnonymousPaces } from "./node/anonymous-paces.ts";
import { AnonymousSockets } from "./node/anonymous-sockets.ts";
import { drainSockets } from "./node/drain-sockets.ts";
import { endExpiredSockets } from "./node/expired-tokens.ts";
import { HandOver } from "./node/hand-over.ts";
import { LocalDevices } from "./node/local-devices.ts";
import { Pace } from "./node/pace.ts";
import { deliverPokedMessages } from "./node/poked-messages.ts";
import { PushOnClose } from "./node/push-on-close.ts";
import { readAtAPace, readInTurn } from "./node/reading-pace.ts";
import { refreshLastSeen } from "./node/refresh-last-seen.ts";
import { createResync } from "./node/resync.ts";
import { watchForStalls } from "./node/stalled-sockets.ts";
import { openSessions } from "./session/open-sessions.ts";
import { DEFAULT_TIMINGS } from "./timings.ts";

/** Socket.IO's default. */
const PATH = "/socket.io/";

/** An acknowledgement of 500 IDs takes a millisecond or two. */
const EVENTS_PER_TURN = 4;
const ANONYMOUS_EVENTS_PER_TURN = 1;

/** Room for what surrounds an envelope in its frame, and for 500 ids or a token. */
const FRAMING_BYTES = 64 * 1024;

export interface Realtime {
  /** Refuses new connections and ends all sockets, spread over `drainMs`; resolves when the last has ended. */
  drain(): Promise<void>;
  /** Ends everything that is left, at once. The caller closes the HTTP server. */
  close(): Promise<void>;
}

/** Attaches the Socket.IO API to an HTTP server. */
export function createRealtime(
  httpServer: HttpServer,
  given: RealtimeDependencies,
  settings: RealtimeSettings,
): Realtime {
  const paces = new RecentUsers(() => new Pace());
  const dependencies = { ...given, queues: readAtAPace(serveFairly(readInTurn(given.queues)), paces) };
  const { registry, clock, logger, subscriptions } = dependencies;
  const timings = { ...DEFAULT_TIMINGS, ...settings.timings };
  const { maxEnvelopeBytes } = settings;
  const metrics = createRealtimeMetrics(registry);
  const localDevices = new LocalDevices(metrics);
  const anonymousSockets = new AnonymousSockets(settings, metrics);
  const anonymousPaces = new AnonymousPaces();
  const { parser, metadataOf, setMetadata } = createDeliveryParser();
  const handOver = new HandOver(dependencies);
  const pushOnClose = new PushOnClose({
    ...dependencies,
    delayMs: timings.pushDelayMs,
    isConnected: (address) => localDevices.sessionsOf(address).length > 0,
    removed: (unfinished) => handOver.begin(unfinished),
    requested: () => metrics.pushRequests.inc(),
  });
  const context: RealtimeContext = {
    ...dependencies,
    settings,
    timings,
    metrics,
    steps: new MessageSteps(logger),
    localDevices,
    anonymousSockets,
    pushOnClose,
    handOver,
    metadataOf,
    paces,
    anonymousPaces,
    turns: new Turns(EVENTS_PER_TURN),
    anonymousTurns: new Turns(ANONYMOUS_EVENTS_PER_TURN),
    sendMessage: createSendMessage({ ...dependencies, maxEnvelopeBytes }),
  };
  const maxMessageBytes = maxEnvelopeBytes + FRAMING_BYTES;
  let draining = false;

  const io = new Server(httpServer, {
    adapter: dependencies.adapter,
    parser,
    transports: ["websocket"],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    wsEngine: boundedWebSocketServer(maxMessageBytes),
    maxHttpBufferSize: maxMessageBytes,
    destroyUpgrade: false,
    pingInterval: timings.pingIntervalMs,
    pingTimeout: timings.pingTimeoutMs,
    connectTimeout: timings.handshakeMs,
    // Stock clients treat this as a failing transport and reconnect, to another node.
    allowRequest: (_request, decide) => decide(draining ? "draining" : null, !draining),
  });

  makeUpgradesInTurn(httpServer, PATH);
  const connections = trackClientConnections(io, {
    context,
    maxMessageBytes,
    mayConnect: createOriginCheck(settings),
    networkOf: createNetworkOfCaller(settings.trustProxy),
  });
  io.use(createHandshake(context, (engine) => connections.of(engine)));
  openSessions(io, context, connections);

  const sessions = () => localDevices.sessions();
  const sockets = () => [...sessions(), ...anonymousSockets.sessions()];
  watchOldestUnacked(registry, sessions, clock);
  const resync = createResync(sessions, timings.resyncSpreadMs);
  subscriptions.onMissed((mayHaveMissed) => resync.begin(mayHaveMissed));
  deliverPokedMessages(io, { ...dependencies, localDevices, setMetadata });
  const stops = [
    watchForStalls(sockets, timings.stallMs),
    endExpiredSockets({ sessions, clock, graceMs: timings.expiryGraceMs }),
    refreshLastSeen({ ...dependencies, sessions, touchMs: timings.touchMs }),
    resync.stop,
  ];

  return {
    async drain() {
      draining = true;
      logger.info({ connections: connections.count(), drainMs: settings.drainMs }, "draining");
      await drainSockets(sockets(), settings.drainMs);
    },
    async close() {
      draining = true;
      for (const stop of stops) stop();
      for (const socket of sockets()) socket.end("drain");
      io.engine.close();
      await io.of("/").adapter.close();
      await pushOnClose.flush();
      await handOver.whenIdle();
      connections.destroy();
    },
  };
}
