import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";

const IDLE_GRACE_MS = 1_000;

/** Where to listen: port 0 picks a free one, no host means all addresses. */
interface ListenOptions {
  readonly port: number;
  readonly host?: string | undefined;
}

/** Resolves once the server listens, with its port; rejects when the port cannot be opened. */
export async function listen(server: Server, { port, host }: ListenOptions): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Accepts no more connections and ends the open ones, with whatever is under way on them. */
export async function closeNow(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/** A server that knows, of each connection, the last answer that it owes. */
export interface AnsweringServer extends Server {
  readonly lastAnswers: readonly ServerResponse[];
}

/**
 * Accepts no more connections, answers what still arrives over the open ones, and resolves once all are closed. A
 * busy client learns from its next answer to connect elsewhere, and never finds its connection suddenly gone. A
 * connection that never brings a request is closed at the server's next check, every `connectionsCheckingInterval`.
 */
export async function closeGracefully(server: AnsweringServer): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  for (const answer of server.lastAnswers) endConnection(answer);
  server.prependListener("request", (_request, answer) => endConnection(answer));
  // HTTP's own `close` would also cut connections that are idle right now, with a request perhaps on its way to us.
  NetServer.prototype.close.call(server);
  // A connection that has not brought a request yet does not count as idle.
  server.headersTimeout = IDLE_GRACE_MS;
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_GRACE_MS);
  await closed;
  clearInterval(sweep);
}

/** With this answer, and tells the client so, if it has not begun. */
function endConnection(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader("Connection", "close");
}
