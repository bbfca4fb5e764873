import { DEVICE_REMOVED, type Delivery, type DeviceAddress, deviceRoom, messageJson } from "@dumbwaiter/core";

/** In place of a Socket.IO server's id: no server has it, so none ignores the packet as its own. */
const SENDER = "dumbwaiter";

/** What Socket.IO's sharded adapter puts before the name of each channel. */
export function channelPrefix(keyPrefix: string): string {
  return `${keyPrefix}socket.io`;
}

/** The channel on which Socket.IO's sharded adapter listens for the room of one device. */
export function deliveryChannel(keyPrefix: string, address: DeviceAddress): string {
  return `${channelPrefix(keyPrefix)}#/#${deviceRoom(address)}#`;
}

/**
 * The event `message` as another Socket.IO server would publish it, around the envelope's bytes. The data for the
 * latency metric and the trace is beside the packet's own fields; clients do not get it.
 */
export function deliveryPacket(delivery: Delivery): string {
  const trace =
    delivery.traceparent === undefined ? "" : `,"traceparent":${JSON.stringify(delivery.traceparent)}`;
  return broadcast(
    delivery,
    `"message",${messageJson(delivery)}`,
    `,"acceptedAt":${delivery.acceptedAt}${trace}`,
  );
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
