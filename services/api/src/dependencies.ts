import type {
  AccessKeys,
  Clock,
  DeliveryBus,
  DeviceRegistry,
  IngressPublisher,
  Limits,
  MessageQueues,
  NetworkPrefix,
  PushThrottle,
  TokenVerifier,
  UserId,
} from "@dumbwaiter/core";
import type { ByteBudget, Logger, MessageSteps, OriginSettings } from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { BodyBounds } from "./http/take-body.ts";
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
  readonly steps: MessageSteps;
  readonly budget: ByteBudget;
  readonly bodies: BodyBounds<UserId>;
  /** Of bodies that come without a token. */
  readonly anonymousBodies: BodyBounds<NetworkPrefix>;
}

export interface ApiSettings extends OriginSettings {
  /** Limit of a sent body, and of the envelope in it. */
  readonly maxEnvelopeBytes: number;
}
