import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { inFlight } from "./in-flight.ts";
import { Sender } from "./sender.ts";

const RECIPIENT = { urn: "urn:sm:user:floor" };

interface FloorSettings {
  readonly warmUp: number;
  readonly messages: number;
  readonly inFlight: number;
  readonly senders: number;
}

/**
 * What a bare Express server costs now, on this machine, for the same requests from the same senders: the unit in which
 * figures of different machines compare.
 *
 * @returns CPU seconds per 10,000 requests
 */
export async function measureFloor(settings: FloorSettings): Promise<number> {
  const server = fork(join(import.meta.dirname, "floor-server.ts"));
  try {
    const [port] = await once(server, "message");
    const senders = Array.from(
      { length: settings.senders },
      () => new Sender(`http://127.0.0.1:${port}`, "any"),
    );
    const send = async (index: number) => {
      await senders[index % senders.length]?.send(RECIPIENT);
    };
    const pids = [server.pid as number];
    await inFlight(settings.inFlight, settings.warmUp, send);
    const before = cpuSeconds(pids);
    await inFlight(settings.inFlight, settings.messages, send);
    const used = cpuSeconds(pids) - before;
    for (const sender of senders) sender.close();
    return (used * 10_000) / settings.messages;
  } finally {
    server.disconnect();
  }
}
