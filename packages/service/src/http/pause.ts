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

/** Settles as the promise does, or resolves once the client has gone. */
export async function untilGone(response: ServerResponse, promise: Promise<void>): Promise<void> {
  let leave: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  if (response.closed) leave();
  response.on("close", leave);
  await Promise.race([promise, gone]).finally(() => response.off("close", leave));
}
