import type { AnonymousSender } from "../anonymous/anonymous-sender.ts";
import { DumbwaiterError } from "../error.ts";
import type { CallOptions, Device, Page, PushPlatform, SecureEnvelope } from "../model.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { HttpCall, HttpCalls } from "./http-calls.ts";

export interface SendOptions extends CallOptions {
  /** A UUIDv7 of the last 24 h, if the application wants to repeat the send itself; otherwise the client mints one. */
  readonly idempotencyKey?: string;
  /**
   * The recipient's access key: sends without saying who you are, over a connection that never bears a token. A key
   * that is not the recipient's is `access_key_refused`; `undefined` or an empty key is `invalid_request`, for then the
   * message must not say who sends it either.
   */
  readonly accessKey?: string;
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

/** The user's key, which lets others send to the user without saying who they are. */
export interface AccessKey {
  /** Replaces the key; whoever has the old one is shut out within 10 s. @param key base64 of 16 to 64 bytes: see `newAccessKey` */
  set(key: string, options?: CallOptions): Promise<void>;
  /** From now on nobody sends to the user without saying who they are. */
  remove(options?: CallOptions): Promise<void>;
  /** When the key was set, in ISO 8601, or undefined without one. The server never tells the key. */
  setAt(options?: CallOptions): Promise<string | undefined>;
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
  readonly accessKey: AccessKey;
}

const SEND_OPTIONS: Readonly<Record<keyof SendOptions, true>> = {
  idempotencyKey: true,
  accessKey: true,
  signal: true,
  timeoutMs: true,
  onRetry: true,
};

const MAX_ACK_IDS = 500;

const ACCESS_KEY_PATH = "/api/user/access-key";

export function httpApi(calls: HttpCalls, anonymous: AnonymousSender): HttpApi {
  async function json<T>(call: HttpCall, holds: (answer: T) => unknown): Promise<T> {
    const answer = (await calls.call(call)) as T;
    if (holds(Object(answer))) return answer;
    throw new DumbwaiterError("unexpected_response", "Not an answer of this API: is the URL right?");
  }
  const devicePath = (id: string) => `/api/devices/${encodeURIComponent(id)}`;

  return {
    async send(envelope, sendOptions = {}) {
      refuseWrongOptions(sendOptions);
      const { idempotencyKey = uuidV7(), accessKey, ...options } = sendOptions;
      if (accessKey !== undefined) {
        return anonymous.send(envelope, { ...options, idempotencyKey, accessKey });
      }
      const headers = { "Idempotency-Key": idempotencyKey };
      return json<{ id: string }>(
        { ...options, method: "POST", path: "/api/send", body: envelope, headers },
        ({ id }) => id,
      );
    },

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

    accessKey: {
      async set(key, options = {}) {
        await calls.call({ ...options, method: "PUT", path: ACCESS_KEY_PATH, body: { accessKey: key } });
      },

      async remove(options = {}) {
        await calls.call({ ...options, method: "DELETE", path: ACCESS_KEY_PATH });
      },

      async setAt(options = {}) {
        try {
          const { setAt } = await json<{ setAt: string }>(
            { ...options, method: "GET", path: ACCESS_KEY_PATH },
            (answer) => answer.setAt,
          );
          return setAt;
        } catch (error) {
          if ((error as DumbwaiterError).code === "not_found") return undefined;
          throw error;
        }
      },
    },
  };
}

/** Who asks for a send without a name, but has no key or misspells it, must not send under a name. */
function refuseWrongOptions(options: SendOptions): void {
  const refuse = (message: string, path?: string): never => {
    throw new DumbwaiterError("invalid_request", message, { path });
  };
  if (typeof options !== "object" || options === null) refuse("The options of send must be an object");
  for (const name in options) {
    if (!Object.hasOwn(SEND_OPTIONS, name)) refuse(`send has no option ${name}`, name);
  }
  if (!("accessKey" in options)) return;
  const { accessKey } = options as { readonly accessKey?: unknown };
  if (typeof accessKey === "string" && accessKey !== "") return;
  refuse("accessKey has no value: leave it out to send as a user", "accessKey");
}
