import type { SendMessage } from "@dumbwaiter/core";
import type { RecentUsers, Turns } from "@dumbwaiter/service";
import type { DeliveryMetadata } from "./connection/delivery-parser.ts";
import type { RealtimeDependencies, RealtimeSettings } from "./dependencies.ts";
import type { RealtimeMetrics } from "./metrics.ts";
import type { HandOver } from "./node/hand-over.ts";
import type { LocalDevices } from "./node/local-devices.ts";
import type { Pace } from "./node/pace.ts";
import type { PushOnClose } from "./node/push-on-close.ts";
import type { RealtimeTimings } from "./timings.ts";

/** What all sessions of a node share. */
export interface RealtimeContext extends RealtimeDependencies {
  readonly settings: RealtimeSettings;
  readonly timings: RealtimeTimings;
  readonly metrics: RealtimeMetrics;
  readonly localDevices: LocalDevices;
  readonly pushOnClose: PushOnClose;
  readonly handOver: HandOver;
  readonly sendMessage: SendMessage;
  readonly paces: RecentUsers<Pace>;
  /** Of the requests of all clients. */
  readonly turns: Turns<object>;
  /** The metadata of a live message; a message from the backlog has none. */
  metadataOf(message: object): DeliveryMetadata | undefined;
}
