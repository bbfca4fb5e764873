import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { inFlight } from "../load/in-flight.ts";
import { Sender } from "../load/sender.ts";
import type { Run, Subject } from "../runner/measure.ts";
import type { Tree } from "../trees/tree.ts";

const RECIPIENT = { urn: "urn:sm:user:floor" };
const WARM_UP = 20_000;
const REQUESTS = 40_000;
const SENDERS = 8;

/**
 * What a bare Express server costs for the same requests from the same senders: the unit in which figures of different
 * machines compare. CPU seconds per 10,000 requests, as the figure of this name.
 */
export function expressFloor(name: string, atOnce: number): (tree: Tree, run: Run) => Promise<Subject> {
  return async (_, run) => {
    const server = fork(join(import.meta.dirname, "floor-server.ts"));
    const [port] = await once(server, "message");
    const senders = Array.from({ length: SENDERS }, () => new Sender(`http://127.0.0.1:${port}`, "any"));
    const send = async (index: number) => {
      await senders[index % SENDERS]?.send(RECIPIENT);
    };
    await inFlight(atOnce, run.scaled(WARM_UP), send);
    return {
      async round() {
        const requests = run.scaled(REQUESTS);
        const before = cpuSeconds([server.pid as number]);
        await inFlight(atOnce, requests, send);
        return { [name]: ((cpuSeconds([server.pid as number]) - before) * 10_000) / requests };
      },
      async close() {
        for (const sender of senders) sender.close();
        const ended = once(server, "exit");
        server.disconnect();
        await ended;
      },
    };
  };
}
