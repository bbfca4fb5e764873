import { createShardedAdapter } from "@socket.io/redis-adapter";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { channelPrefix } from "./delivery-channel.ts";
import type { ChannelHandler, RedisDeliverySubscriptions } from "./redis-delivery-subscriptions.ts";

/**
 * Socket.IO's sharded adapter on our own connections, through the interface that it expects from the package `redis`.
 * A node listens on a room's channel for as long as it has a socket in the room.
 */
export function shardedAdapter(
  commands: RedisCommands,
  subscriptions: RedisDeliverySubscriptions,
  keyPrefix: string,
) {
  const client = {
    sSubscribe: (channel: string, handler: ChannelHandler) => subscriptions.subscribe(channel, handler),
    sUnsubscribe: (channels: string | string[]) => {
      for (const channel of [channels].flat()) subscriptions.unsubscribe(channel);
    },
    sPublish: (channel: string, message: string) => commands.run("spublish", channel, message),
    sendCommand: async () => {
      throw new Error(
        "Asking all realtime nodes at once is not supported: use `io.local`, or emit to one room",
      );
    },
  };
  return createShardedAdapter(client, client, {
    channelPrefix: channelPrefix(keyPrefix),
    subscriptionMode: "dynamic",
  });
}
