import {
  type DeviceAddress,
  type DeviceId,
  deviceRoom,
  type MayHaveMissed,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { Server, type ServerOptions } from "socket.io";
import { connectRealtimeRedis, type RealtimeRedisAdapters, type RedisSettings } from "../src/index.ts";

/** A realtime node as far as Redis sees it: a Socket.IO server whose rooms hold sockets without a client. */
export interface RealtimeNode {
  readonly redis: RealtimeRedisAdapters;
  readonly server: Server;
  /** The number of times that it may have missed deliveries. */
  missed(): number;
  /** The last of these times: whether the device may have. */
  mayHaveMissed(device: DeviceAddress): boolean;
  /** Puts a socket into the room of each device, and waits until all subscriptions are confirmed. */
  join(...devices: DeviceAddress[]): Promise<void>;
  leave(device: DeviceAddress): void;
  close(): Promise<void>;
}

export async function startRealtimeNode(
  settings: RedisSettings,
  options: Partial<ServerOptions> = {},
): Promise<RealtimeNode> {
  const redis = await connectRealtimeRedis(settings);
  const server = new Server({ ...options, adapter: redis.adapter });
  const { adapter } = server.of("/");
  let missed = 0;
  let last: MayHaveMissed = () => false;
  redis.subscriptions.onMissed((mayHaveMissed) => {
    missed += 1;
    last = mayHaveMissed;
  });
  return {
    redis,
    server,
    missed: () => missed,
    mayHaveMissed: (address) => last(address),
    async join(...devices) {
      for (const address of devices) adapter.addAll(socketIn(address), new Set([deviceRoom(address)]));
      // Again, as sockets do: a busy machine may take longer than one attempt may.
      await Promise.all(devices.map((address) => eventually(() => redis.subscriptions.confirm(address))));
    },
    leave: (address) => adapter.delAll(socketIn(address)),
    async close() {
      await adapter.close();
      redis.close();
    },
  };
}

export function device(user: string): DeviceAddress {
  return { user: user as UserId, device: "phone" as DeviceId };
}

export function devices(count: number): DeviceAddress[] {
  return Array.from({ length: count }, (_, index) => device(`user-${index}`));
}

function socketIn(address: DeviceAddress): string {
  return `socket-of-${deviceRoom(address)}`;
}
