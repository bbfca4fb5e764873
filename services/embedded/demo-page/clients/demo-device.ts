import { type Client, connect, indexedDbStore } from "@dumbwaiter/client";
import { deviceOf, type Place, userOf } from "../model.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import type { DeviceStatus } from "./tab-channel.ts";
import { newToken } from "./token.ts";

/** Changes within this time are told together. */
const TELL_MS = 40;

/** One device of a user: a client of the SDK while it is switched on, and what it has sent and received. */
export class DemoDevice {
  readonly #place: Place;
  readonly #dependencies: DeviceDependencies;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  #client: Client | undefined;
  #state: DeviceStatus["state"] = "off";
  #note: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(place: Place, dependencies: DeviceDependencies) {
    this.#place = place;
    this.#dependencies = dependencies;
    const changed = (note?: string) => {
      this.#note = note;
      this.#tellSoon();
    };
    this.#sender = new Sender(place, dependencies, changed);
    this.#receiver = new Receiver(place, dependencies, changed);
  }

  /** Does what the page's storage says: connects or disconnects, and sends what is not sent. */
  look(): Promise<void> {
    return this.#next(() => this.#follow());
  }

  /** One step after the other. */
  #next(step: () => Promise<void>): Promise<void> {
    this.#looking = this.#looking.then(step).catch((error: Error) => this.#failed(error));
    return this.#looking;
  }

  async #follow(): Promise<void> {
    const off = await this.#dependencies.switchedOff.has(this.#place);
    if (off && this.#client) await this.#disconnect();
    if (!off && !this.#client) await this.#connect();
    await this.#sender.look();
    this.tell();
  }

  discardUnopened(): void {
    this.#receiver.discardUnopened();
  }

  async forget(): Promise<void> {
    await Promise.all([this.#receiver.count(), this.#sender.count()]);
    this.tell();
  }

  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const status = {
      place: this.#place,
      state: this.#state,
      note: this.#note,
      ...this.#sender.counts,
      ...this.#receiver.counts,
    };
    this.#dependencies.channel.emit({ type: "status", status });
  }

  async #connect(): Promise<void> {
    await Promise.all([this.#receiver.count(), this.#sender.count()]);
    const [user, deviceId] = [userOf(this.#place), deviceOf(this.#place)];
    const client = connect({
      url: location.origin,
      token: () => newToken(user),
      deviceId,
      store: indexedDbStore(`dumbwaiter-demo-${user}-${deviceId}`),
    });
    this.#client = client;
    this.#state = client.state;
    client.on("state", ({ state, reason }) => {
      if (this.#client !== client) return;
      if (state === "closed") {
        this.#ended(client, reason === "device_removed" ? "removed" : "closed");
        return;
      }
      this.#state = state;
      if (state === "live") this.#note = undefined;
      this.#tellSoon();
    });
    client.on("error", (error) => this.#failed(error));
    void this.#receiver.receive(client);
    this.#sender.use(client);
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#state = "off";
    this.#note = undefined;
    this.#sender.use(undefined);
    this.#receiver.forgetUnopened();
    this.tell();
    await client?.close();
  }

  /** The client has ended by itself, so the device is off until somebody switches it on: then it has a new one. */
  #ended(client: Client, state: "removed" | "closed"): void {
    this.#sender.use(undefined); // at once, before the sends under way fail
    this.#receiver.forgetUnopened();
    void this.#next(async () => {
      if (this.#client !== client) return;
      await this.#dependencies.switchedOff.set(this.#place, true);
      this.#client = undefined;
      this.#state = state;
      this.tell();
    });
  }

  #failed({ message, code }: Error & { readonly code?: string }): void {
    this.#note = code === undefined ? message : `${message} (${code})`;
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => this.tell(), TELL_MS);
  }
}
