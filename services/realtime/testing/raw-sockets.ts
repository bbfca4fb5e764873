import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { expect } from "@jest/globals";
import type { RealtimeFixture } from "./realtime-fixture.ts";

/** Long enough that only a rule, no time-out, ends a connection. */
export const PATIENT_TIMINGS = {
  handshakeMs: 60_000,
  hangUpMs: 60_000,
  pingIntervalMs: 60_000,
  stallMs: 60_000,
  lingerMs: 0,
};

/** The clients of one user who write and read their frames themselves. */
export class RawSockets {
  readonly #fixture: RealtimeFixture;
  readonly #auth: { readonly token: string };
  readonly #opened: RawWebSocket[] = [];

  constructor(fixture: RealtimeFixture, auth: { readonly token: string }) {
    this.#fixture = fixture;
    this.#auth = auth;
  }

  /** One that has not joined. */
  async open(url = this.#fixture.url): Promise<RawWebSocket> {
    return this.#kept(await RawWebSocket.open(url));
  }

  /** @param more besides the token in its `auth` */
  async join(url = this.#fixture.url, more: object = {}): Promise<RawWebSocket> {
    return this.#kept(await RawWebSocket.join(url, { ...this.#auth, ...more }));
  }

  /** Resolves once the fixture's node has none of them any longer. */
  async close(): Promise<void> {
    for (const socket of this.#opened) socket.destroy();
    await eventually(async () => expect(await this.#fixture.metric("dumbwaiter_realtime_sockets")).toBe(0));
  }

  #kept(socket: RawWebSocket): RawWebSocket {
    this.#opened.push(socket);
    return socket;
  }
}
