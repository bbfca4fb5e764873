import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Registry } from "prom-client";
import { Turns } from "../edge/turns.ts";
import { type CounterOf, counter } from "../telemetry/metrics.ts";
import { ClientRequest, isFull, setFull } from "./client-request.ts";
import { createHostCheck, hostRefused } from "./host-check.ts";
import type { AnsweringServer } from "./http-server.ts";
import { limitChunks } from "./limit-chunks.ts";
import { linger } from "./linger.ts";
import { Server } from "./node-http.ts";
import { answerWithProblem } from "./problem.ts";
import { watchForStalledConnections } from "./stalled-connections.ts";

/** Browsers and proxies send a request once they have the answer to the one before. */
const MAX_UNANSWERED_REQUESTS = 16;

/** Bodies that nobody wants; each takes several more turns to read. */
const DISCARDS_PER_TURN = 2;

/** Such bodies that wait for their turn; others are discarded at once. */
const MAX_WAITING_DISCARDS = 500;

const STALL_MS = 30_000;

/** Cuts off slow clients and lets proxies keep their connections. */
const TIMEOUTS: ServerOptions = {
  headersTimeout: 10_000,
  /** For the whole request, so that no client holds a connection by trickling a body. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  /**
   * Longer than the 600 s for which Google's load balancers keep an idle connection: were it shorter, we might close
   * one just as the balancer sends a request on it.
   * https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries
   */
  keepAliveTimeout: 620_000,
};

export interface HttpServerOptions {
  readonly registry: Registry;
  /** The names in `Host` under which clients may call, with any port; all names when not given. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** A client that takes nothing for this long, though bytes wait for it, loses its connection. */
  readonly stallMs?: number;
}

/**
 * An HTTP server that no client can exhaust: it cuts off clients that send slowly, do not read their answers, or send
 * many requests without waiting for the answers.
 */
export function createHttpServer(listener: RequestListener, options: HttpServerOptions): AnsweringServer {
  const server = new HttpServer(options);
  server.on("request", listener);
  return server;
}

const REFUSALS = ["pipelined", "stalled", "host"] as const;

class HttpServer extends Server implements AnsweringServer {
  readonly #mayCall: (request: IncomingMessage) => boolean;
  readonly #unanswered = new Map<Socket, Set<ServerResponse>>();
  readonly #turns = new Turns<Socket>();
  readonly #discards = new Turns<Socket>(DISCARDS_PER_TURN);
  #waitingDiscards = 0;
  readonly #ownUpgradeListeners: number;
  readonly #refusals: CounterOf<{ reason: typeof REFUSALS }>;

  constructor({ registry, allowedHosts, stallMs = STALL_MS }: HttpServerOptions) {
    super({
      ...TIMEOUTS,
      IncomingMessage: ClientRequest,
      shouldUpgradeCallback: (request) => this.#mayUpgrade(request),
    });
    this.#mayCall = createHostCheck(allowedHosts);
    this.#refusals = counter(registry, {
      name: "dumbwaiter_http_server_refusals_total",
      help: "Connections that pipelined too many requests or stalled, and requests whose Host is not allowed, by reason: pipelined, stalled or host",
      labels: { reason: REFUSALS },
    });
    watchForStalledConnections(this, stallMs, (socket) => {
      this.#refusals.inc({ reason: "stalled" });
      socket.destroy();
    });
    this.#ownUpgradeListeners = this.listenerCount("upgrade");
  }

  get lastAnswers(): readonly ServerResponse[] {
    return [...this.#unanswered.values()].flatMap((answers) => [...answers].at(-1) ?? []);
  }

  /** Socket.IO replaces the listeners for requests, so what no listener may see is held back here. */
  override emit(event: string, ...args: unknown[]): boolean {
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (event === "upgrade" && isFull(request.socket)) this.#refuseMore(request.socket);
    else if (event === "request") this.#queue(request, response);
    else return super.emit(event, ...args);
    return true;
  }

  #queue(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (socket.destroyed) return; // the parser goes on with what came in one piece
    const isChunked = request.headers["transfer-encoding"] !== undefined;
    if (isChunked) limitChunks(request);
    if (isChunked || Number(request.headers["content-length"]) > 0) this.#discardInTurn(request);
    const unanswered = this.#unanswered.get(socket) ?? this.#track(socket);
    unanswered.add(response);
    setFull(socket, unanswered.size >= MAX_UNANSWERED_REQUESTS);
    response.once("close", () => {
      unanswered.delete(response);
      setFull(socket, false);
    });
    this.#turns.add(socket, () => {
      if (!socket.destroyed) this.#serve(request, response);
    });
  }

  /** Node reads the body of a request that was answered without it at once, and so those of a whole crowd. */
  #discardInTurn(request: IncomingMessage): void {
    const { _dump: discard } = request as IncomingMessage & { _dump(): void };
    Object.assign(request, {
      _dump: () => {
        if (this.#waitingDiscards >= MAX_WAITING_DISCARDS) return discard.call(request);
        this.#waitingDiscards += 1;
        this.#discards.add(request.socket, () => {
          this.#waitingDiscards -= 1;
          discard.call(request);
        });
      },
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#mayCall(request)) {
      super.emit("request", request, response);
      return;
    }
    this.#refusals.inc({ reason: "host" });
    request.resume();
    answerWithProblem(response, hostRefused());
  }

  /**
   * Any other upgrade, such as the offer of h2c that the JDK's client makes, is served as if it were not there. So is
   * one under a name that is not allowed, which is then refused as a request.
   */
  #mayUpgrade(request: IncomingMessage): boolean {
    if (isFull(request.socket)) return true;
    const isOthers = this.listenerCount("upgrade") > this.#ownUpgradeListeners;
    return isOthers && isWebSocket(request) && this.#mayCall(request);
  }

  #refuseMore(socket: Socket): void {
    this.#refusals.inc({ reason: "pipelined" });
    this.#turns.drop(socket);
    linger(socket);
  }

  #track(socket: Socket): Set<ServerResponse> {
    const unanswered = new Set<ServerResponse>();
    this.#unanswered.set(socket, unanswered);
    // Of a connection that it has handed over, Node tells only the response whose turn it was that it has ended.
    socket.once("close", () => {
      this.#unanswered.delete(socket);
      for (const response of unanswered) response.destroy();
    });
    return unanswered;
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}
