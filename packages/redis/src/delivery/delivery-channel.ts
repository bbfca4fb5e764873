import {
  DEVICE_REMOVED,
  type Delivery,
  type DeviceAddress,
  deviceRoom,
  messageJson,
  type Poke,
} from "@dumbwaiter/core";

/** In place of a Socket.IO server's id: no server has it, so none ignores the packet as its own. */
const SENDER = "dumbwaiter";

/** What Socket.IO's sharded adapter puts before the name of each channel. */
export function channelPrefix(keyPrefix: string): string {
  return `${keyPrefix}socket.io`;
}

/** The channel on which Socket.IO's sharded adapter listens from its start to its end, on every node. */
export function nodeChannel(keyPrefix: string): string {
  return `${channelPrefix(keyPrefix)}#/#`;
}

/**
 * The channel of the nodes that understand pokes. Its hash tag puts it on the same shard as {@link nodeChannel}, and so
 * on the same connection of a node.
 */
export function pokedNodeChannel(keyPrefix: string): string {
  return `${nodeChannel(keyPrefix)}{${nodeChannel(keyPrefix)}}`;
}

/** The channel on which Socket.IO's sharded adapter listens for the room of one device. */
export function deliveryChannel(keyPrefix: string, address: DeviceAddress): string {
  return `${nodeChannel(keyPrefix)}${deviceRoom(address)}#`;
}

/** No packet of Socket.IO begins like this. */
const POKE = '{"poke":';

/** For the channel of the device's room. A node of the version before drops it, as a packet of no namespace. */
export function pokePacket({ user, device, id, acceptedAt }: Poke): string {
  return `${POKE}${JSON.stringify({ user, device, id, acceptedAt })}}`;
}

/** @returns undefined for any other packet */
export function parsePoke(message: Buffer): Poke | undefined {
  if (message.toString("latin1", 0, POKE.length) !== POKE) return undefined;
  return (JSON.parse(message.toString("utf8")) as { poke: Poke }).poke;
}

/**
 * The event `message` as another Socket.IO server would publish it, around the envelope's bytes. The time for the
 * latency metric is beside the packet's own fields; clients do not get it.
 */
export function deliveryPacket(delivery: Delivery): string {
  return broadcast(delivery, `"message",${messageJson(delivery)}`, `,"acceptedAt":${delivery.acceptedAt}`);
}

/** The event that closes the sockets of a removed device. */
export function removalPacket(address: DeviceAddress): string {
  return broadcast(address, `"closing",${JSON.stringify(DEVICE_REMOVED)}`, "");
}

/** `type` 3 is the adapter's BROADCAST, the packet's 2 is Socket.IO's EVENT. */
function broadcast(address: DeviceAddress, event: string, extra: string): string {
  return (
    `{"uid":"${SENDER}","nsp":"/","type":3,"data":{"opts":{"rooms":["${deviceRoom(address)}"],"except":[],"flags":{}},` +
    `"packet":{"type":2,"data":[${event}]${extra}}}}`
  );
}
