import { randomUUID } from "node:crypto";
import {
  type Clock,
  DAY_MS,
  DEFAULT_QUEUE,
  type Device,
  type DeviceAddress,
  type DeviceId,
  type DeviceRegistry,
  DumbwaiterError,
  type PushTarget,
  type QueueId,
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
    const now = this.#clock.now();
    return this.#records.change(user, (devices) => {
      const known = devices.get(id);
      if (known && now - known.lastSeen < DAY_MS && (!push || isSameTarget(known.push, push))) {
        return { result: known, changed: false };
      }
      if (!known && devices.size >= this.#maxDevices) {
        throw new DumbwaiterError("too_many_devices", `A user may have ${this.#maxDevices} devices`);
      }
      const fresh = devices.size === 0 ? DEFAULT_QUEUE : (randomUUID() as QueueId);
      const target = push ?? known?.push;
      const device = { id, queue: known?.queue ?? fresh, ...(target ? { push: target } : {}), lastSeen: now };
      devices.set(id, device);
      return { result: device, changed: true };
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
    return this.#records.change(user, (devices: Map<DeviceId, Device>) => {
      const result = [...devices.values()].filter(({ lastSeen }) => lastSeen < unseenSince);
      for (const { id } of result) devices.delete(id);
      return { result, changed: result.length > 0 };
    });
  }
}

function isSameTarget(a: PushTarget | undefined, b: PushTarget): boolean {
  return a?.platform === b.platform && a.token === b.token;
}

function byId(a: Device, b: Device): number {
  return a.id < b.id ? -1 : 1;
}
