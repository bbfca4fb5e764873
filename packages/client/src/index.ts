export { newAccessKey } from "./access-key.ts";
export { type Client, type CloseOptions, type ConnectOptions, connect } from "./client.ts";
export type { Code, KnownCode } from "./codes.ts";
export { DumbwaiterError } from "./error.ts";
export type { ClientEvents, State, StateEvent } from "./events.ts";
export type {
  AccessKey,
  Devices,
  HttpApi,
  PullOptions,
  RegisterOptions,
  SendOptions,
} from "./http/http-api.ts";
export { createHttpClient, type HttpClient, type HttpClientOptions } from "./http-client.ts";
export type {
  CallOptions,
  Device,
  Message,
  Page,
  PulledMessage,
  PushPlatform,
  SecureEnvelope,
} from "./model.ts";
export { indexedDbStore } from "./stores/indexed-db-store.ts";
export { memoryStore } from "./stores/memory-store.ts";
export type { Mark, Store } from "./stores/store.ts";
export type { TokenFunction } from "./token-source.ts";
export { userUrn } from "./user-urn.ts";
export { uuidV7 } from "./uuid-v7.ts";
