import type { ServerResponse } from "node:http";

/** In the form of Engine.IO's own refusals, which the Socket.IO client for Python shows to its user. */
const REFUSAL = JSON.stringify({
  code: 0,
  message:
    'WebSocket transport only: set the client\'s option transports to ["websocket"]. If it is set, a proxy on the way removes the header Upgrade',
});

/**
 * Answers a request that is no upgrade with what to change: stock clients begin with polling unless told otherwise. Any
 * page may read it. The connection ends: nobody pipelines requests to a path that only upgrades.
 */
export function answerWebSocketOnly(response: ServerResponse): void {
  response.writeHead(400, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    Connection: "close",
  });
  response.end(REFUSAL);
}
