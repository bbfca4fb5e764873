import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import {
  DAY_MS,
  DEFAULT_QUEUE,
  type Device,
  type DeviceAddress,
  type DeviceId,
  type PushTarget,
  type QueueId,
  type UserId,
} from "@dumbwaiter/core";

interface DeviceRow {
  readonly id: DeviceId;
  readonly queue: QueueId;
  readonly push_platform: PushTarget["platform"] | null;
  readonly push_token: string | null;
  readonly last_seen: number;
}

export interface Registration extends DeviceAddress {
  readonly push: PushTarget | undefined;
  readonly now: number;
  readonly maxDevices: number;
}

const COLUMNS = "id, queue, push_platform, push_token, last_seen";

/** Stale devices listed in one operation. */
const STALE_ROWS = 200;

export function deviceOperations(db: DatabaseSync) {
  const list = db.prepare(`SELECT ${COLUMNS} FROM device WHERE user = ? ORDER BY id`);
  const put = db.prepare(
    `INSERT OR REPLACE INTO device (user, id, queue, push_platform, push_token, last_seen) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.prepare(
    `DELETE FROM device WHERE user = ? AND id = ? AND last_seen < ? RETURNING ${COLUMNS}`,
  );
  const removeAll = db.prepare(`DELETE FROM device WHERE user = ? RETURNING ${COLUMNS}`);
  const stale = db.prepare(`SELECT user, id FROM device WHERE last_seen < ? LIMIT ${STALE_ROWS}`);

  const devicesOf = (user: UserId) => list.all(user).map(toDevice);

  return {
    registerDevice({ user, device: id, push, now, maxDevices }: Registration): Device | "too_many_devices" {
      const devices = devicesOf(user);
      const known = devices.find((device) => device.id === id);
      if (known === undefined && devices.length >= maxDevices) return "too_many_devices";
      if (known !== undefined && isSamePush(known.push, push) && now - known.lastSeen < DAY_MS) return known;
      const queue = known?.queue ?? (devices.length === 0 ? DEFAULT_QUEUE : (randomUUID() as QueueId));
      const target = push ?? known?.push;
      put.run(user, id, queue, target?.platform ?? null, target?.token ?? null, now);
      return { id, queue, ...(target && { push: target }), lastSeen: now };
    },

    lookupDevices(users: readonly UserId[]): Map<UserId, Device[]> {
      return new Map(users.map((user) => [user, devicesOf(user)]));
    },

    /** @param unseenSince removes the device only when it was last seen before this */
    removeDevice({ user, device }: DeviceAddress, unseenSince = Number.MAX_SAFE_INTEGER): Device | undefined {
      const row = remove.get(user, device, unseenSince);
      return row && toDevice(row);
    },

    removeDevicesOf(user: UserId): Device[] {
      return removeAll.all(user).map(toDevice);
    },

    staleDevices(unseenSince: number): DeviceAddress[] {
      return stale.all(unseenSince).map(({ user, id }) => ({ user: user as UserId, device: id as DeviceId }));
    },
  };
}

function isSamePush(known: PushTarget | undefined, given: PushTarget | undefined): boolean {
  return given === undefined || (known?.platform === given.platform && known.token === given.token);
}

function toDevice(row: object): Device {
  const { id, queue, push_platform, push_token, last_seen } = row as DeviceRow;
  const push = push_platform && push_token !== null && { platform: push_platform, token: push_token };
  return { id, queue, ...(push && { push }), lastSeen: last_seen };
}
