import type { State } from "@dumbwaiter/client";
import type { Envelope, Message, Place } from "../model.ts";

/** How a device fares, as its phone or laptop on the page shows it. */
export interface DeviceStatus {
  readonly place: Place;
  /** Of the SDK's client; `off` while the device is switched off, `removed` or `closed` if the client ended by itself. */
  readonly state: "off" | "removed" | State;
  /** What the last failure said, until something succeeds. */
  readonly note: string | undefined;
  /** Messages that wait to be sent. */
  readonly sending: number;
  readonly sent: number;
  readonly received: number;
  /** Messages that cannot be opened: they stay in the queue. */
  readonly unopened: number;
}

/** What tabs tell each other. The tab that leads tells what happens; any tab asks it for something. */
export type TabEvent =
  | { readonly type: "status"; readonly status: DeviceStatus }
  | { readonly type: "message"; readonly message: Message }
  | {
      readonly type: "posted";
      readonly place: Place;
      readonly envelope: Envelope;
      readonly isAnonymous: boolean;
    }
  | { readonly type: "arrived"; readonly place: Place }
  | { readonly type: "cleared" }
  | { readonly type: "tell" }
  | { readonly type: "look"; readonly place: Place }
  | { readonly type: "discard"; readonly place: Place };

/** Carries events to all tabs of the page, this one included. */
export class TabChannel {
  readonly #channel = new BroadcastChannel("dumbwaiter-demo");
  readonly #listeners: ((event: TabEvent) => void)[] = [];

  constructor() {
    this.#channel.onmessage = ({ data }) => this.#dispatch(data as TabEvent);
  }

  on<Type extends TabEvent["type"]>(
    type: Type,
    listener: (event: Extract<TabEvent, { type: Type }>) => void,
  ): void {
    this.#listeners.push((event) => {
      if (event.type === type) listener(event as Extract<TabEvent, { type: Type }>);
    });
  }

  emit(event: TabEvent): void {
    this.#channel.postMessage(event);
    this.#dispatch(event);
  }

  #dispatch(event: TabEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
