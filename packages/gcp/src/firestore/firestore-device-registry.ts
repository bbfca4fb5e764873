import {
  type Clock,
  type Device,
  type DeviceAddress,
  type DeviceRegistry,
  isStale,
  type PushTarget,
  registerDevice,
  tooManyDevices,
  type UserId,
} from "@dumbwaiter/core";
import type { FirestoreDatabase } from "./firestore-database.ts";
import { FirestoreUserRecords } from "./firestore-user-records.ts";

/** Devices as the map `devices` of `users/{u:<id>}`. */
export class FirestoreDeviceRegistry implements DeviceRegistry {
  readonly #records: FirestoreUserRecords;
  readonly #clock: Clock;
  readonly #maxDevices: number;

  constructor(database: FirestoreDatabase, clock: Clock, maxDevices: number) {
    this.#records = new FirestoreUserRecords(database);
    this.#clock = clock;
    this.#maxDevices = maxDevices;
  }

  register({ user, device: id }: DeviceAddress, push?: PushTarget): Promise<Device> {
    const registration = { id, push, now: this.#clock.now(), maxDevices: this.#maxDevices };
    return this.#records.change(user, (devices) => {
      const outcome = registerDevice([...devices.values()], registration);
      if (outcome === "too_many_devices") throw tooManyDevices(this.#maxDevices);
      devices.set(id, outcome.device);
      return { result: outcome.device, changed: outcome.changed };
    });
  }

  async lookup(users: readonly UserId[]): Promise<Map<UserId, readonly Device[]>> {
    const found = await this.#records.read(users);
    return new Map([...found].map(([user, devices]) => [user, [...devices.values()].sort(byId)]));
  }

  remove({ user, device: id }: DeviceAddress): Promise<Device | undefined> {
    return this.#records.change(user, (devices) => {
      const result = devices.get(id);
      return { result, changed: devices.delete(id) };
    });
  }

  removeUser(user: UserId): Promise<readonly Device[]> {
    return this.#records.change(user, (devices) => {
      const result = [...devices.values()];
      devices.clear();
      return { result, changed: result.length > 0 };
    });
  }

  async sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device) => Promise<void>,
  ): Promise<void> {
    for await (const user of this.#records.usersUnseenSince(unseenSince)) {
      for (const device of await this.#removeUnseen(user, unseenSince)) {
        await removed({ user, device: device.id }, device);
      }
    }
  }

  #removeUnseen(user: UserId, unseenSince: number): Promise<readonly Device[]> {
    return this.#records.change(user, (devices) => {
      const result = [...devices.values()].filter((device) => isStale(device, unseenSince));
      for (const { id } of result) devices.delete(id);
      return { result, changed: result.length > 0 };
    });
  }
}

function byId(a: Device, b: Device): number {
  return a.id < b.id ? -1 : 1;
}
