import type {
  AccessKeys,
  Clock,
  DeliveryBus,
  DeliverySubscriptions,
  DeviceRegistry,
  IngressPublisher,
  Limits,
  MessageQueues,
  PushRequests,
  PushThrottle,
  TokenVerifier,
} from "@dumbwaiter/core";
import type { Logger, OriginSettings } from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { ServerOptions } from "socket.io";
import type { RealtimeTimings } from "./timings.ts";

/** What realtime depends on; the caller opens and closes all of it. */
export interface RealtimeDependencies {
  /** Hands what the delivery bus delivers to the sockets of this node. */
  readonly adapter: ServerOptions["adapter"];
  readonly bus: DeliveryBus;
  readonly subscriptions: DeliverySubscriptions;
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly accessKeys: AccessKeys;
  readonly tokens: TokenVerifier;
  readonly ingress: IngressPublisher;
  readonly limits: Limits;
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface RealtimeSettings extends OriginSettings {
  readonly maxEnvelopeBytes: number;
  /** Most messages sent to a socket and not acknowledged. */
  readonly maxUnacked: number;
  /** Most bytes waiting to be written to a socket. */
  readonly maxBufferedBytes: number;
  /** How long a drain takes. */
  readonly drainMs: number;
  /** Per device on one node; 16 by default. */
  readonly maxSocketsPerDevice?: number;
  /** On one node; 1,024 by default. */
  readonly maxAnonymousSockets?: number;
  /** On one node; 64 by default. */
  readonly maxAnonymousSocketsPerNetwork?: number;
  /** Changed only by tests. */
  readonly timings?: Partial<RealtimeTimings>;
}
