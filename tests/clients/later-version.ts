import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LOOPBACK } from "@dumbwaiter/dev-env/servers/server";

/** What a later version of the api may answer: a field that no client knows, in every object. */
const LATER = { addedLater: { by: "a later version" } };

/** The others are about the connection. */
const PASSED = ["access-key", "authorization", "content-type", "idempotency-key", "x-device-id"];

/** Passes calls on to an api, and adds fields to its answers. */
export async function laterVersionOf(api: string): Promise<{ url: string; close(): Promise<void> }> {
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = PASSED.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === "string" ? [[name, value] as [string, string]] : [];
    });
    const body = await buffer(request);
    const answer = await fetch(api + request.url, {
      method: request.method as string,
      headers,
      ...(body.length === 0 ? {} : { body }),
    });
    const text = await answer.text();
    response.statusCode = answer.status;
    const type = answer.headers.get("content-type");
    if (type !== null) response.setHeader("Content-Type", type);
    response.end(text === "" ? text : JSON.stringify(withLaterFields(JSON.parse(text))));
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://${LOOPBACK}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function withLaterFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLaterFields);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, withLaterFields(field)]);
  return { ...Object.fromEntries(fields), ...LATER };
}
