import type { DatabaseSync } from "node:sqlite";
import {
  type Device,
  type DeviceAddress,
  type DeviceId,
  type DevicesAt,
  deviceWithId,
  isStale,
  type PushTarget,
  type QueueId,
  type Registration,
  registerDevice,
  type StoreMoment,
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

  // The place of the last message: a moment is after all that has a place up to it.
  const lastPlace = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'message'");

  const now = (devices: readonly Device[]): DevicesAt => {
    return { devices, at: String(lastPlace.get()?.seq ?? 0) as StoreMoment };
  };
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

    snapshotDevices(user: UserId): DevicesAt {
      return now(devicesOf(user));
    },

    removeDevice({ user, device }: DeviceAddress): DevicesAt {
      return now(remove.all(user, device).map(toDevice));
    },

    removeStaleDevice({ user, device: id }: DeviceAddress, unseenSince: number): DevicesAt {
      const device = deviceWithId(devicesOf(user), id);
      if (device === undefined || !isStale(device, unseenSince)) return now([]);
      return now(remove.all(user, id).map(toDevice));
    },

    removeDevicesOf(user: UserId): DevicesAt {
      return now(removeAll.all(user).map(toDevice));
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
