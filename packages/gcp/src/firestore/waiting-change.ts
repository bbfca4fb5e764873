import type { Device, DeviceId, StoreMoment } from "@dumbwaiter/core";

export type Devices = Map<DeviceId, Device>;

/**
 * A change of a user's devices. It may be called several times, each time with the devices as they are then; if it
 * throws, it has changed nothing.
 *
 * @param earlier the result of an earlier call that may have taken effect, because no answer came
 */
export type Change<T> = (
  devices: Devices,
  earlier: T | undefined,
) => { readonly result: T; readonly changed: boolean };

/** The result of a change, and a moment not later than it took effect. */
export interface Changed<T> {
  readonly result: T;
  readonly at: StoreMoment;
}

/** A change of whichever result. */
export type AnyWaitingChange = Pick<WaitingChange<unknown>, "apply" | "mayBeDone" | "settle" | "fail">;

/** One caller's change, from the call to its outcome. */
export class WaitingChange<T> {
  readonly #change: Change<T>;
  readonly #promise = Promise.withResolvers<Changed<T>>();
  #outcome: { readonly result: T } | { readonly thrown: unknown } | undefined;
  #earlier: Changed<T> | undefined;

  constructor(change: Change<T>) {
    this.#change = change;
  }

  get settled(): Promise<Changed<T>> {
    return this.#promise.promise;
  }

  /** @returns whether it changed the devices */
  apply(devices: Devices): boolean {
    try {
      const { result, changed } = this.#change(devices, this.#earlier?.result);
      this.#outcome = { result };
      return changed;
    } catch (thrown) {
      this.#outcome = { thrown };
      return false;
    }
  }

  /** The last call of the change may have taken effect; it was made with devices read at this moment. */
  mayBeDone(readAt: StoreMoment): void {
    if (this.#outcome && "result" in this.#outcome) {
      this.#earlier = { result: this.#outcome.result, at: this.#earlier?.at ?? readAt };
    }
  }

  /** What the last call of the change did is durable. */
  settle(at: StoreMoment): void {
    if (this.#outcome && "result" in this.#outcome) {
      this.#promise.resolve({ result: this.#outcome.result, at: this.#earlier?.at ?? at });
    } else {
      this.#promise.reject(this.#outcome?.thrown);
    }
  }

  fail(error: unknown): void {
    this.#promise.reject(error);
  }
}
