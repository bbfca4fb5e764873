import { Encoder, type Packet, PacketType } from "socket.io-parser";
import { isOwnClosing } from "../session/closing.ts";
import { StrictDecoder } from "./strict-decoder.ts";
import { TextPieces } from "./text-pieces.ts";

/** What the delivery bus adds to a packet besides the event; it is never sent to clients. */
export interface DeliveryMetadata {
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
}

const END_OF_ACK = Buffer.from("]");

/**
 * Socket.IO's own parser, with a strict decoder, and an encoder that remembers the metadata of deliveries: each adapter
 * has a packet encoded once, just before it hands it to the sockets, which see only the event's arguments. It
 * writes {@link TextPieces} unchanged.
 *
 * The bus's `closing` encodes to nothing: the session sees it, looks whether its device is gone, and sends its own.
 */
export function createDeliveryParser() {
  const metadata = new WeakMap<object, DeliveryMetadata>();

  class DeliveryEncoder extends Encoder {
    override encode(packet: Packet & Partial<DeliveryMetadata>): unknown[] {
      if (isClosingOfBus(packet)) return [];
      const { type, id, data, acceptedAt } = packet;
      if (type === PacketType.ACK && data[0] instanceof TextPieces) {
        return [new TextPieces([Buffer.from(`${type}${id}[`), ...data[0].pieces, END_OF_ACK])];
      }
      if (acceptedAt !== undefined) metadata.set(data[1], { acceptedAt });
      return super.encode(packet);
    }
  }

  return {
    parser: { Encoder: DeliveryEncoder, Decoder: StrictDecoder },
    /** The metadata of a live message; a message from the backlog has none. */
    metadataOf: (message: object): DeliveryMetadata | undefined => metadata.get(message),
    setMetadata: (message: object, { acceptedAt }: DeliveryMetadata): void => {
      metadata.set(message, { acceptedAt });
    },
  };
}

function isClosingOfBus({ type, data }: Packet): boolean {
  return type === PacketType.EVENT && data[0] === "closing" && !isOwnClosing(data[1]);
}
