import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type ListenOptions, type Server } from "node:net";

/**
 * A free loopback port below the ephemeral range, so that a server that restarts finds its port free, and a client that
 * retries cannot connect to itself. npm's get-port tries a range in order, so that parallel test files collide.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = await listening({ host: "127.0.0.1", port });
    if (!server) continue;
    server.close();
    await once(server, "close");
    if (await claim(port)) return port;
  }
}

/** While this process lives, no other one on the machine gets the port, even if nothing listens on it yet. */
async function claim(port: number): Promise<boolean> {
  // Only Linux has sockets that are named without a file, and so end with their process.
  if (process.platform !== "linux") return true;
  return (await listening({ path: `\0dumbwaiter-port-${port}` })) !== undefined;
}

/** @returns nothing if somebody else listens there */
async function listening(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().unref();
  try {
    server.listen(where);
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
