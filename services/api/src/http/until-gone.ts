import type { ServerResponse } from "node:http";

/** Settles as the promise does, or resolves once the response has closed: what the promise throws then is dropped. */
export async function untilGone(response: ServerResponse, promise: Promise<void>): Promise<void> {
  const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
  if (response.closed) leave();
  response.on("close", leave);
  await Promise.race([gone, promise]).finally(() => response.off("close", leave));
}
