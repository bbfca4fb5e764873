import type {
  AccessKeys,
  Clock,
  DeliveryBus,
  DeviceRegistry,
  IngressPublisher,
  Limits,
  LocalTokenBucket,
  MessageQueues,
  PushThrottle,
  TokenVerifier,
} from "@dumbwaiter/core";
import type { ByteBudget, Logger, OriginSettings, RecentUsers } from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { ApiMetrics } from "./metrics.ts";

/** What the api depends on; the caller opens and closes all of it. */
export interface ApiDependencies {
  readonly ingress: IngressPublisher;
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly accessKeys: AccessKeys;
  readonly bus: DeliveryBus;
  readonly limits: Limits;
  readonly pushThrottle: PushThrottle;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** What the routes of one api share. */
export interface ApiContext extends ApiDependencies {
  readonly settings: ApiSettings;
  readonly metrics: ApiMetrics;
  readonly budget: ByteBudget;
  /** Of the bodies of each user. */
  readonly bodyPaces: RecentUsers<LocalTokenBucket>;
}

export interface ApiSettings extends OriginSettings {
  /** Limit of a sent body, and of the envelope in it. */
  readonly maxEnvelopeBytes: number;
}
