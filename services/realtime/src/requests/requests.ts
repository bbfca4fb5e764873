import {
  duplicateKey,
  ERROR_CODES,
  InvalidRequestError,
  type MessageId,
  UnavailableError,
} from "@dumbwaiter/core";
import { asDumbwaiterError, CLIENT_GONE, logRefusal } from "@dumbwaiter/service";
import type { Socket } from "socket.io";
import { ReadingGate, type ReadingGateOptions } from "../connection/reading-gate.ts";
import { isAmbiguous } from "../connection/strict-decoder.ts";
import { TextPieces } from "../connection/text-pieces.ts";
import type { RealtimeContext } from "../context.ts";
import type { RequestName } from "../metrics.ts";
import type { OpenSocket } from "../session/open-socket.ts";
import { errorJson } from "./error-json.ts";

/** What to log about a request that is refused. */
interface LogFields {
  /** Of the message in the request. */
  id?: MessageId;
}

/** The socket closed while the request waited: it is not handled, and nobody gets an answer. */
export class SocketClosedError extends Error {}

/**
 * Answers one event of a client with the fields of the response besides `ok`, as an object or as their JSON. What it
 * throws becomes the error of the response, except SocketClosedError.
 */
export type RequestHandler<Session> = (
  session: Session,
  args: readonly unknown[],
  log: LogFields,
) => Promise<object | TextPieces>;

export type RequestHandlers<Session> = Readonly<
  Record<Exclude<RequestName, "unknown">, RequestHandler<Session>>
>;

interface RequestOptions<Session> extends Pick<ReadingGateOptions, "turns" | "source" | "maxBytes"> {
  readonly session: Session;
  readonly socket: Socket;
  readonly handlers: RequestHandlers<Session>;
}

/** A client may acknowledge each message of a full window by itself, all at once, and do something else. */
const MAX_REQUESTS = 320;

type Callback = (answer: object) => void;

/** Answers the events of one client: each callback once, and nothing that a client sends can throw. */
export function answerRequests<Session extends Pick<OpenSocket, "connection">>(
  context: RealtimeContext,
  options: RequestOptions<Session>,
): void {
  const requests = new ClientRequests(context, options);
  options.socket.onAny((event: unknown, ...args: unknown[]) => requests.take(event, args));
}

/** A class, because closures for each socket would use more memory while the socket is idle. */
class ClientRequests<Session extends Pick<OpenSocket, "connection">> {
  readonly #context: RealtimeContext;
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #handlers: RequestHandlers<Session>;
  readonly #gate: ReadingGate;

  constructor(
    context: RealtimeContext,
    { session, socket, handlers, turns, source, maxBytes }: RequestOptions<Session>,
  ) {
    this.#context = context;
    this.#session = session;
    this.#socket = socket;
    this.#handlers = handlers;
    this.#gate = new ReadingGate({
      connection: session.connection,
      turns,
      source,
      maxBytes,
      maxRequests: Math.max(MAX_REQUESTS, context.settings.maxUnacked),
    });
  }

  take(event: unknown, args: unknown[]): void {
    if (!this.#socket.connected) return;
    const callback = typeof args.at(-1) === "function" ? (args.pop() as Callback) : undefined;
    void this.#gate.pass((receivedAt) => this.#answer(event, args, callback, receivedAt));
  }

  /** @returns whether it was refused by a fault of the client */
  async #answer(event: unknown, args: unknown[], callback: Callback | undefined, receivedAt: number) {
    const { metrics, logger } = this.#context;
    const name = this.#isRequestName(event) ? event : "unknown";
    const handler = name === "unknown" ? refuseUnknown : this.#handlers[name];
    const answered = (status: number) =>
      metrics.answered[name](this.#socket.connected ? status : CLIENT_GONE, receivedAt);
    const log: LogFields = {};
    try {
      if (args.some(isAmbiguous)) throw duplicateKey();
      const handled = handler(this.#session, args, log);
      args.length = 0; // What the handler has not taken is not held while it works.
      const result = await handled;
      answered(200);
      callback?.(accepted(result));
      return false;
    } catch (thrown) {
      if (thrown instanceof SocketClosedError) {
        answered(CLIENT_GONE);
        return false;
      }
      const error = asDumbwaiterError(thrown);
      metrics.refused(name, error.code);
      answered(ERROR_CODES[error.code].status);
      logRefusal(logger, "request", error, { request: name, ...log });
      callback?.({ ok: false, error: errorJson(error) });
      return !(error instanceof UnavailableError) && error.code !== "internal";
    }
  }

  #isRequestName(event: unknown): event is keyof RequestHandlers<Session> {
    return typeof event === "string" && Object.hasOwn(this.#handlers, event);
  }
}

const [ACCEPTED, END] = [Buffer.from('{"ok":true,'), Buffer.from("}")];

function accepted(fields: object | TextPieces): object {
  if (fields instanceof TextPieces) return new TextPieces([ACCEPTED, ...fields.pieces, END]);
  return { ok: true, ...fields };
}

const refuseUnknown: RequestHandler<unknown> = async () => {
  throw new InvalidRequestError("invalid_request", "Unknown event");
};
