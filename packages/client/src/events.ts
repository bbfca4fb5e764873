import type { Code } from "./codes.ts";
import type { DumbwaiterError } from "./error.ts";

/** The README has the table of states. */
export type State = "connecting" | "catching-up" | "live" | "reconnecting" | "closed";

export interface StateEvent {
  readonly state: State;
  /** Why a connection was lost, or the client closed. */
  readonly reason?: Code;
}

export interface ClientEvents {
  state: StateEvent;
  /** Something failed. The client goes on unless its state says that it is closed. */
  error: DumbwaiterError;
}

type Listener<Event> = (event: Event) => void;

/** Listeners by event. What a listener throws does not disturb the client: it is thrown again outside of it. */
export class Events {
  readonly #listeners: { [Name in keyof ClientEvents]: Set<Listener<ClientEvents[Name]>> } = {
    state: new Set(),
    error: new Set(),
  };

  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): () => void {
    this.#listeners[name].add(listener);
    return () => this.#listeners[name].delete(listener);
  }

  emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }
}
