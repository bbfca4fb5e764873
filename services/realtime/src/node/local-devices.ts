import { type DeviceAddress, deviceRoom, type UserId } from "@dumbwaiter/core";
import type { RealtimeMetrics } from "../metrics.ts";
import type { OpenSession } from "../session/open-session.ts";

/** The sessions of this node, by device. */
export class LocalDevices {
  /** Arrays, which are replaced rather than changed: nearly all hold one session, and a set takes more memory. */
  readonly #byRoom = new Map<string, readonly OpenSession[]>();
  readonly #devicesOfUser = new Map<UserId, number>();
  readonly #metrics: RealtimeMetrics;

  constructor(metrics: RealtimeMetrics) {
    this.#metrics = metrics;
  }

  add(session: OpenSession): void {
    const others = this.#byRoom.get(session.room);
    this.#byRoom.set(session.room, others ? [...others, session] : [session]);
    if (!others) this.#countDevice(session.user, 1);
    this.#metrics.sockets.inc();
  }

  remove(session: OpenSession): void {
    const sessions = this.#byRoom.get(session.room);
    if (!sessions?.includes(session)) return;
    this.#metrics.sockets.dec();
    const others = sessions.filter((each) => each !== session);
    if (others.length > 0) {
      this.#byRoom.set(session.room, others);
      return;
    }
    this.#byRoom.delete(session.room);
    this.#countDevice(session.user, -1);
  }

  sessionsOf(address: DeviceAddress): readonly OpenSession[] {
    return this.#byRoom.get(deviceRoom(address)) ?? [];
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
