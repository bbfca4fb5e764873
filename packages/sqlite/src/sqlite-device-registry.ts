import { type Clock, type DeviceRegistry, DumbwaiterError } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

export interface SqliteDeviceRegistrySettings {
  readonly clock: Clock;
  /** Devices that one user may have. */
  readonly maxDevices: number;
}

/** The devices in the database; each call is one transaction of the only writer there is. */
export function createSqliteDeviceRegistry(
  database: SqliteDatabase,
  { clock, maxDevices }: SqliteDeviceRegistrySettings,
): DeviceRegistry {
  return {
    async register({ user, device }, push) {
      const now = clock.now();
      const registered = await database.call("registerDevice", { user, device, push, now, maxDevices });
      if (registered === "too_many_devices") {
        throw new DumbwaiterError("too_many_devices", `A user may have at most ${maxDevices} devices`);
      }
      return registered;
    },

    lookup: (users) => database.call("lookupDevices", users),

    remove: (address) => database.call("removeDevice", address),

    removeUser: (user) => database.call("removeDevicesOf", user),

    async sweep(unseenSince, removed) {
      for (;;) {
        const stale = await database.call("staleDevices", unseenSince);
        if (stale.length === 0) return;
        for (const address of stale) {
          const device = await database.call("removeDevice", address, unseenSince);
          if (device) await removed(address, device);
        }
      }
    },
  };
}
