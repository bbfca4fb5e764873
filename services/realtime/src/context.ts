import type { SendMessage } from "@dumbwaiter/core";
import type { MessageSteps, RecentUsers, Turns } from "@dumbwaiter/service";
import type { DeliveryMetadata } from "./connection/delivery-parser.ts";
import type { RealtimeDependencies, RealtimeSettings } from "./dependencies.ts";
import type { RealtimeMetrics } from "./metrics.ts";
import type { AnonymousPaces } from "./node/anonymous-paces.ts";
import type { AnonymousSockets } from "./node/anonymous-sockets.ts";
import type { HandOver } from "./node/hand-over.ts";
import type { LocalDevices } from "./node/local-devices.ts";
import type { Pace } from "./node/pace.ts";
import type { PushOnClose } from "./node/push-on-close.ts";
import type { RealtimeTimings } from "./timings.ts";

/** What all sockets of a node share. */
export interface RealtimeContext extends RealtimeDependencies {
  readonly settings: RealtimeSettings;
  readonly timings: RealtimeTimings;
  readonly metrics: RealtimeMetrics;
  readonly steps: MessageSteps;
  readonly localDevices: LocalDevices;
  readonly anonymousSockets: AnonymousSockets;
  readonly pushOnClose: PushOnClose;
  readonly handOver: HandOver;
  readonly sendMessage: SendMessage;
  readonly paces: RecentUsers<Pace>;
  readonly anonymousPaces: AnonymousPaces;
  /** Of the requests of all users. */
  readonly turns: Turns<object>;
  /** Of the requests over anonymous sockets: in a turn of the event loop, less of them start than of the users'. */
  readonly anonymousTurns: Turns<object>;
  /** The metadata of a live message; a message from the backlog has none. */
  metadataOf(message: object): DeliveryMetadata | undefined;
}
