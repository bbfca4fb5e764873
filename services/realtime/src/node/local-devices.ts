import { type DeviceAddress, deviceRoom, type UserId } from "@dumbwaiter/core";
import type { RealtimeMetrics } from "../metrics.ts";
import type { OpenSession } from "../session/open-session.ts";

/** The sessions of this node, by device. */
export class LocalDevices {
  readonly #byRoom = new Map<string, Set<OpenSession>>();
  readonly #devicesOfUser = new Map<UserId, number>();
  readonly #metrics: RealtimeMetrics;

  constructor(metrics: RealtimeMetrics) {
    this.#metrics = metrics;
  }

  add(session: OpenSession): void {
    const room = deviceRoom(session.address);
    const sessions = this.#byRoom.get(room);
    if (sessions) sessions.add(session);
    else {
      this.#byRoom.set(room, new Set([session]));
      this.#countDevice(session.address.user, 1);
    }
    this.#metrics.sockets.inc();
  }

  remove(session: OpenSession): void {
    const room = deviceRoom(session.address);
    const sessions = this.#byRoom.get(room);
    if (!sessions?.delete(session)) return;
    this.#metrics.sockets.dec();
    if (sessions.size > 0) return;
    this.#byRoom.delete(room);
    this.#countDevice(session.address.user, -1);
  }

  sessionsOf(address: DeviceAddress): readonly OpenSession[] {
    return [...(this.#byRoom.get(deviceRoom(address)) ?? [])];
  }

  *sessions(): Generator<OpenSession> {
    for (const sessions of this.#byRoom.values()) yield* sessions;
  }

  #countDevice(user: UserId, change: 1 | -1): void {
    const devices = (this.#devicesOfUser.get(user) ?? 0) + change;
    if (devices > 0) this.#devicesOfUser.set(user, devices);
    else this.#devicesOfUser.delete(user);
    this.#metrics.devices.set(this.#byRoom.size);
    this.#metrics.users.set(this.#devicesOfUser.size);
  }
}
