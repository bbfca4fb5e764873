import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { SeededRandom } from "@dumbwaiter/dev-env/chaos/seeded-random";
import { LOOPBACK } from "@dumbwaiter/dev-env/servers";

/** How a connection ends: with a reset, with an orderly end, or never: it stays open and carries nothing anymore. */
const FATES = ["reset", "end", "half-open"] as const;
type Fate = (typeof FATES)[number];

interface HostileNetworkOptions {
  readonly targetPort: number;
  readonly seed: number;
  /** The share of connections that become half-open; the others are reset or ended. */
  readonly halfOpenShare: number;
}

/** A TCP proxy that treats each connection badly, until it is told to stop. */
export interface HostileNetwork {
  readonly url: string;
  /** How many connections met each fate; `refused` never carried a byte. */
  readonly fates: Readonly<Record<Fate | "refused", number>>;
  /** From now on it carries everything. What is half-open stays so. */
  calm(): void;
  close(): Promise<void>;
}

const MAX_DELAY_MS = 20;
const REFUSED_SHARE = 0.1;
/** A connection carries a random number of bytes up to this, both ways together, and then part of a chunk. */
const MAX_BYTES = 300_000;

export async function startHostileNetwork(options: HostileNetworkOptions): Promise<HostileNetwork> {
  const random = new SeededRandom(options.seed);
  const sockets = new Set<Socket>();
  const fates = { reset: 0, end: 0, "half-open": 0, refused: 0 };
  let isCalm = false;

  function track(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  }

  function fateOf(): Fate {
    if (random.next() < options.halfOpenShare) return "half-open";
    return random.next() < 0.5 ? "reset" : "end";
  }

  const server = createServer((inbound) => {
    if (!isCalm && random.next() < REFUSED_SHARE) {
      fates.refused++;
      inbound.resetAndDestroy();
      return;
    }
    const [here, there] = [track(inbound), track(connect(options.targetPort, LOOPBACK))];
    const fate = fateOf();
    const delayMs = random.between(0, MAX_DELAY_MS);
    let left = random.between(1, MAX_BYTES);
    let isDoomed = false;

    function meetFate(): void {
      isDoomed = true;
      fates[fate]++;
      if (fate === "half-open") return;
      if (fate === "reset") here.resetAndDestroy();
      else here.end(() => here.destroy());
      there.destroy();
    }

    function carry(from: Socket, to: Socket): void {
      from.on("data", (chunk: Buffer) => {
        if (isDoomed) return;
        left -= chunk.length;
        const isLast = left <= 0 && !isCalm;
        setTimeout(
          () => {
            if (to.writable) to.write(isLast ? chunk.subarray(0, chunk.length / 2) : chunk);
            if (isLast) setTimeout(meetFate, 0);
          },
          isCalm ? 0 : delayMs,
        );
        if (isLast) isDoomed = true;
      });
      // The end comes after what is delayed; a half-open connection does not tell the other side.
      from.on("close", () => {
        if (!(isDoomed && fate === "half-open")) setTimeout(() => to.destroy(), MAX_DELAY_MS);
      });
    }
    carry(here, there);
    carry(there, here);
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");

  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    fates,
    calm() {
      isCalm = true;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
