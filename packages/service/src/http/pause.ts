import type { ServerResponse } from "node:http";

/** Resolves after this time, or once the client has gone. */
export async function pause(response: ServerResponse, ms: number): Promise<void> {
  if (ms <= 0 || response.closed) return;
  await new Promise<void>((resolve) => {
    function done() {
      clearTimeout(timer);
      response.off("close", done);
      resolve();
    }
    const timer = setTimeout(done, ms);
    response.on("close", done);
  });
}
