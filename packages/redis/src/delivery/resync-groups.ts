import type { DeviceAddress } from "@dumbwaiter/core";
import { SLOTS, slotOf } from "../connection/hash-slots.ts";
import { keyName } from "../connection/key-name.ts";
import { deliveryChannel } from "./delivery-channel.ts";

/**
 * Devices resync in groups. Those of one group have neighbouring hash slots, as has the key of their resync value: a
 * shard that fails takes the values of its own devices with it, and hardly any others.
 */
export const RESYNC_GROUPS = 32;

const SLOTS_PER_GROUP = SLOTS / RESYNC_GROUPS;

/** Of each group, a hash tag whose slot is in it. */
const TAGS = tagsOfGroups();

export function resyncGroupOf(slot: number): number {
  return Math.floor(slot / SLOTS_PER_GROUP);
}

export function resyncGroupOfDevice(keyPrefix: string, address: DeviceAddress): number {
  return resyncGroupOf(slotOf(deliveryChannel(keyPrefix, address)));
}

/** The key of a value that changes each time that devices of the group may have missed deliveries. */
export function resyncKey(keyPrefix: string, group: number): string {
  // A prefix with a hash tag of its own decides on the slot; then all values are in one shard.
  return keyName(keyPrefix, `resync:{${TAGS[group]}}`);
}

/**
 * The one value that the version before has for all devices. The prefix of what is written now says that there are
 * values by group as well, which a node of this version heeds instead.
 */
export function sharedResyncKey(keyPrefix: string): string {
  return keyName(keyPrefix, "resync");
}

export const BY_GROUP = "by-group:";

function tagsOfGroups(): readonly string[] {
  const tags: string[] = [];
  for (let name = 0, found = 0; found < RESYNC_GROUPS; name += 1) {
    const group = resyncGroupOf(slotOf(String(name)));
    if (tags[group] !== undefined) continue;
    tags[group] = String(name);
    found += 1;
  }
  return tags;
}
