import {
  type Clock,
  type Device,
  type DeviceAddress,
  type DeviceRegistry,
  type DevicesAt,
  type PushTarget,
  type StoreMoment,
  tooManyDevices,
  type UserId,
} from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** The devices in the database; each call is one transaction of the only writer. */
export class SqliteDeviceRegistry implements DeviceRegistry {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #maxDevices: number;

  constructor(database: SqliteDatabase, clock: Clock, maxDevices: number) {
    this.#database = database;
    this.#clock = clock;
    this.#maxDevices = maxDevices;
  }

  async register({ user, device: id }: DeviceAddress, push?: PushTarget): Promise<Device> {
    const registration = { id, push, now: this.#clock.now(), maxDevices: this.#maxDevices };
    const registered = await this.#database.call("registerDevice", user, registration);
    if (registered === "too_many_devices") throw tooManyDevices(this.#maxDevices);
    return registered;
  }

  lookup(users: readonly UserId[]): Promise<Map<UserId, readonly Device[]>> {
    return this.#database.call("lookupDevices", users);
  }

  snapshot(user: UserId): Promise<DevicesAt> {
    return this.#database.call("snapshotDevices", user);
  }

  remove(address: DeviceAddress): Promise<DevicesAt> {
    return this.#database.call("removeDevice", address);
  }

  removeUser(user: UserId): Promise<DevicesAt> {
    return this.#database.call("removeDevicesOf", user);
  }

  async sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device, at: StoreMoment) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const stale = await this.#database.call("staleDevices", unseenSince);
      if (stale.length === 0) return;
      for (const address of stale) {
        const { devices, at } = await this.#database.call("removeStaleDevice", address, unseenSince);
        for (const device of devices) await removed(address, device, at);
      }
    }
  }
}
