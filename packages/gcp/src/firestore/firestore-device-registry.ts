import {
  type Clock,
  type Device,
  type DeviceAddress,
  type DeviceRegistry,
  type DevicesAt,
  isStale,
  type PushTarget,
  registerDevice,
  type StoreMoment,
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

  async register({ user, device: id }: DeviceAddress, push?: PushTarget): Promise<Device> {
    const registration = { id, push, now: this.#clock.now(), maxDevices: this.#maxDevices };
    const { result } = await this.#records.change(user, (devices) => {
      const outcome = registerDevice([...devices.values()], registration);
      if (outcome === "too_many_devices") throw tooManyDevices(this.#maxDevices);
      devices.set(id, outcome.device);
      return { result: outcome.device, changed: outcome.changed };
    });
    return result;
  }

  async lookup(users: readonly UserId[]): Promise<Map<UserId, readonly Device[]>> {
    const found = await this.#records.read(users);
    return new Map([...found].map(([user, devices]) => [user, [...devices.values()].sort(byId)]));
  }

  async snapshot(user: UserId): Promise<DevicesAt> {
    const { result, at } = await this.#records.change(user, (devices) => {
      return { result: [...devices.values()].sort(byId), changed: false };
    });
    return { devices: result, at };
  }

  remove({ user, device: id }: DeviceAddress): Promise<DevicesAt> {
    return this.#removeIf(user, (device) => device.id === id);
  }

  removeUser(user: UserId): Promise<DevicesAt> {
    return this.#removeIf(user, () => true);
  }

  async sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device, at: StoreMoment) => Promise<void>,
  ): Promise<void> {
    for await (const user of this.#records.usersUnseenSince(unseenSince)) {
      const { devices, at } = await this.#removeIf(user, (device) => isStale(device, unseenSince));
      for (const device of devices) await removed({ user, device: device.id }, device, at);
    }
  }

  /** An earlier attempt that may have removed devices counts: whoever removed them, their queues are to be purged. */
  async #removeIf(user: UserId, isRemoved: (device: Device) => boolean): Promise<DevicesAt> {
    const { result, at } = await this.#records.change<readonly Device[]>(user, (devices, earlier = []) => {
      const found = [...devices.values()].filter(isRemoved);
      for (const { id } of found) devices.delete(id);
      const gone = earlier.filter(
        ({ id, queue }) => !found.some((each) => each.id === id && each.queue === queue),
      );
      return { result: [...gone, ...found], changed: found.length > 0 };
    });
    return { devices: result, at };
  }
}

function byId(a: Device, b: Device): number {
  return a.id < b.id ? -1 : 1;
}
