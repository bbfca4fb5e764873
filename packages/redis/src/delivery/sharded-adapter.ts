import { createShardedAdapter } from "@socket.io/redis-adapter";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { DeliveriesInTurn } from "./deliveries-in-turn.ts";
import { channelPrefix, nodeChannel, parsePoke, pokedNodeChannel } from "./delivery-channel.ts";
import type { ChannelHandler, RedisDeliverySubscriptions } from "./redis-delivery-subscriptions.ts";

/**
 * Socket.IO's sharded adapter on our own connections, through the interface that it expects from the package `redis`.
 * A node listens on a room's channel for as long as it has a socket in the room. Pokes do not reach the adapter.
 */
export function shardedAdapter(
  commands: RedisCommands,
  subscriptions: RedisDeliverySubscriptions,
  keyPrefix: string,
) {
  const ofAllNodes = nodeChannel(keyPrefix);
  const ofPokedNodes = pokedNodeChannel(keyPrefix);
  const deliveries = new DeliveriesInTurn();
  const client = {
    sSubscribe: (channel: string, handler: ChannelHandler) => {
      const inTurn = deliveries.wrap(handler);
      subscriptions.subscribe(channel, (message, from) => {
        const poke = parsePoke(message);
        if (poke) subscriptions.poked(poke);
        else inTurn(message, from);
      });
      // After that of all nodes, and given up before it: the bus must never count more poked nodes than nodes.
      if (channel === ofAllNodes) subscriptions.subscribe(ofPokedNodes, () => {});
    },
    sUnsubscribe: (channels: string | string[]) => {
      for (const channel of [channels].flat()) {
        if (channel === ofAllNodes) subscriptions.unsubscribe(ofPokedNodes);
        subscriptions.unsubscribe(channel);
      }
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
