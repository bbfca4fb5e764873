import type {
  Clock,
  DeliveryBus,
  DeviceRegistry,
  IngressPublisher,
  MessageQueues,
  PushThrottle,
  SendLimits,
  TokenVerifier,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { Registry } from "prom-client";

/** What the api stands on; all of it belongs to the caller, who closes it. */
export interface ApiDependencies {
  readonly ingress: IngressPublisher;
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly bus: DeliveryBus;
  readonly limits: SendLimits;
  readonly pushThrottle: PushThrottle;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface ApiSettings {
  /** Of a body that is sent and of the envelope in it. */
  readonly maxEnvelopeBytes: number;
  /** Origins, such as `https://app.example.com`, whose pages may call; pages of our own origin always may. */
  readonly allowedOrigins: readonly string[];
  /** Express's `trust proxy`: whose `X-Forwarded-…` headers to believe. */
  readonly trustProxy: boolean | number | string;
}
