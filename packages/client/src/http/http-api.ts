import { DumbwaiterError } from "../error.ts";
import type { CallOptions, Device, Page, PushPlatform, SecureEnvelope } from "../model.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { HttpCall, HttpCalls } from "./http-calls.ts";

export interface SendOptions extends CallOptions {
  /** A UUIDv7 of the last 24 h, if the application wants to repeat the send itself; otherwise the client mints one. */
  readonly idempotencyKey?: string;
}

export interface PullOptions extends CallOptions {
  /** 1 to 500; 50 by default. */
  readonly limit?: number;
}

export interface RegisterOptions extends CallOptions {
  /** Where a notifier can wake the device. */
  readonly push?: { readonly platform: PushPlatform; readonly token: string };
}

export interface Devices {
  register(id: string, options?: RegisterOptions): Promise<Device>;
  list(options?: CallOptions): Promise<readonly Device[]>;
  /** Removes the device with its queue and its connections. */
  remove(id: string, options?: CallOptions): Promise<void>;
}

/** The calls of the HTTP API, typed. All of them can be repeated safely, and are. */
export interface HttpApi {
  /** Resolves once the message is durable. Retries keep the key, so that they cannot double the message. */
  send(envelope: SecureEnvelope, options?: SendOptions): Promise<{ readonly id: string }>;
  /** The oldest messages of the queue. They stay queued until they are acknowledged. */
  pull(options?: PullOptions): Promise<Page>;
  /** Resolves once the messages are deleted. */
  ack(messageIds: readonly string[], options?: CallOptions): Promise<void>;
  readonly devices: Devices;
}

const MAX_ACK_IDS = 500;

export function httpApi(calls: HttpCalls): HttpApi {
  async function json<T>(call: HttpCall, holds: (answer: T) => unknown): Promise<T> {
    const answer = (await calls.call(call)) as T;
    if (holds(Object(answer))) return answer;
    throw new DumbwaiterError("unexpected_response", "Not an answer of this API: is the URL right?");
  }
  const devicePath = (id: string) => `/api/devices/${encodeURIComponent(id)}`;

  return {
    send: (envelope, { idempotencyKey = uuidV7(), ...options } = {}) =>
      json<{ id: string }>(
        {
          ...options,
          method: "POST",
          path: "/api/send",
          body: envelope,
          headers: { "Idempotency-Key": idempotencyKey },
        },
        ({ id }) => id,
      ),

    pull: ({ limit, ...options } = {}) =>
      json<Page>(
        {
          ...options,
          method: "GET",
          path: `/api/messages${limit === undefined ? "" : `?limit=${limit}`}`,
        },
        ({ messages }) => Array.isArray(messages),
      ),

    async ack(messageIds, options = {}) {
      for (let from = 0; from < messageIds.length; from += MAX_ACK_IDS) {
        const body = { messageIds: messageIds.slice(from, from + MAX_ACK_IDS) };
        await calls.call({ ...options, method: "POST", path: "/api/messages/ack", body });
      }
    },

    devices: {
      register: (id, { push, ...options } = {}) =>
        json<Device>(
          { ...options, method: "PUT", path: devicePath(id), body: push ? { push } : undefined },
          (device) => device.id,
        ),

      async list(options = {}) {
        const { devices } = await json<{ devices: Device[] }>(
          { ...options, method: "GET", path: "/api/devices" },
          (answer) => Array.isArray(answer.devices),
        );
        return devices;
      },

      async remove(id, options = {}) {
        await calls.call({ ...options, method: "DELETE", path: devicePath(id) });
      },
    },
  };
}
