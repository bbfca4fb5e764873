import {
  type Clock,
  type DeliveryBus,
  type DeviceId,
  type DeviceRegistry,
  devicesOf,
  type MessageId,
  type MessageQueues,
  newMessageId,
  type Poke,
  parseSubject,
  type SecureEnvelope,
  sealEnvelope,
  type UserId,
} from "@dumbwaiter/core";
import { byId } from "@dumbwaiter/core/contracts/samples";
import { envelopeFor } from "./envelopes.ts";

interface PostOptions {
  readonly device?: string;
  readonly fields?: Partial<SecureEnvelope>;
  /** Only stored, as when the delivery is lost. */
  readonly undelivered?: boolean;
  /** How long the processor took. */
  readonly acceptedMsAgo?: number;
}

interface PostingDependencies {
  readonly store: { readonly devices: DeviceRegistry; readonly queues: MessageQueues };
  readonly bus: DeliveryBus;
  readonly clock: Clock;
  readonly pokeListeners: readonly ((poke: Poke) => void)[];
}

/** What the processor does, in its place. */
export function createPosting({ store, bus, clock, pokeListeners }: PostingDependencies) {
  return {
    /** Stores messages for a user's devices in one batch and delivers them, as the processor does. */
    async post(user: string, count = 1, options: PostOptions = {}): Promise<MessageId[]> {
      const recipient = parseSubject(user) as UserId;
      const devices = await devicesOf(store.devices, recipient);
      const to = options.device === undefined ? devices : devices.filter(({ id }) => id === options.device);
      const queues = to.length > 0 ? to.map(({ queue }) => queue) : ["default" as never];
      const { bytes: envelope } = sealEnvelope(envelopeFor(user, options.fields));
      // Messages that are stored together are ordered by id.
      const messages = Array.from({ length: count }, () => ({
        id: newMessageId(clock.now()),
        envelope,
      })).sort(byId);
      if (!options.fields?.isEphemeral) {
        await store.queues.store(
          messages.map((message) => ({
            ...message,
            queues: queues.map((queue) => ({ user: recipient, queue })),
          })),
        );
      }
      if (!options.undelivered) {
        const acceptedAt = clock.now() - (options.acceptedMsAgo ?? 0);
        await bus.deliver(
          messages.flatMap((message) =>
            to.map(({ id: device }) => ({ user: recipient, device, ...message, acceptedAt })),
          ),
        );
      }
      return messages.map(({ id }) => id);
    },
    /** Delivers what {@link post} has already stored. */
    deliver: (user: string, ids: readonly MessageId[]) =>
      bus.deliver(
        ids.map((id) => ({
          ...{ user: user as UserId, device: "default" as DeviceId, id },
          ...{ envelope: sealEnvelope(envelopeFor(user)).bytes, acceptedAt: clock.now() },
        })),
      ),
    /** What the bus sends in place of a large message, once it is stored, to every node. */
    poke(user: string, id: MessageId, device = "default") {
      const poke = { user: user as UserId, device: device as DeviceId, id, acceptedAt: clock.now() };
      for (const listener of pokeListeners) listener(poke);
    },
  };
}
