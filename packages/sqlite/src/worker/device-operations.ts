import type { DatabaseSync } from "node:sqlite";
import {
  type Device,
  type DeviceAddress,
  type DeviceId,
  deviceWithId,
  isStale,
  type PushTarget,
  type QueueId,
  type Registration,
  registerDevice,
  type UserId,
} from "@dumbwaiter/core";

interface DeviceRow {
  readonly id: DeviceId;
  readonly queue: QueueId;
  readonly push_platform: PushTarget["platform"] | null;
  readonly push_token: string | null;
  readonly last_seen: number;
}

const COLUMNS = "id, queue, push_platform, push_token, last_seen";

/** Stale devices listed in one operation. */
const STALE_ROWS = 200;

export function deviceOperations(db: DatabaseSync) {
  const list = db.prepare(`SELECT ${COLUMNS} FROM device WHERE user = ? ORDER BY id`);
  const put = db.prepare(
    `INSERT OR REPLACE INTO device (user, id, queue, push_platform, push_token, last_seen) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.prepare(`DELETE FROM device WHERE user = ? AND id = ? RETURNING ${COLUMNS}`);
  const removeAll = db.prepare(`DELETE FROM device WHERE user = ? RETURNING ${COLUMNS}`);
  const stale = db.prepare(`SELECT user, id FROM device WHERE last_seen < ? LIMIT ${STALE_ROWS}`);

  const devicesOf = (user: UserId) => list.all(user).map(toDevice);

  return {
    registerDevice(user: UserId, registration: Registration): Device | "too_many_devices" {
      const outcome = registerDevice(devicesOf(user), registration);
      if (outcome === "too_many_devices") return outcome;
      const { id, queue, push, lastSeen } = outcome.device;
      if (outcome.changed) put.run(user, id, queue, push?.platform ?? null, push?.token ?? null, lastSeen);
      return outcome.device;
    },

    lookupDevices(users: readonly UserId[]): Map<UserId, Device[]> {
      return new Map(users.map((user) => [user, devicesOf(user)]));
    },

    removeDevice({ user, device }: DeviceAddress): Device | undefined {
      const row = remove.get(user, device);
      return row && toDevice(row);
    },

    removeStaleDevice({ user, device: id }: DeviceAddress, unseenSince: number): Device | undefined {
      const device = deviceWithId(devicesOf(user), id);
      if (device === undefined || !isStale(device, unseenSince)) return undefined;
      remove.run(user, id);
      return device;
    },

    removeDevicesOf(user: UserId): Device[] {
      return removeAll.all(user).map(toDevice);
    },

    staleDevices(unseenSince: number): DeviceAddress[] {
      return stale.all(unseenSince).map(({ user, id }) => ({ user: user as UserId, device: id as DeviceId }));
    },
  };
}

function toDevice(row: object): Device {
  const { id, queue, push_platform, push_token, last_seen } = row as DeviceRow;
  const push = push_platform && push_token !== null && { platform: push_platform, token: push_token };
  return { id, queue, ...(push && { push }), lastSeen: last_seen };
}
