import { type SecureEnvelope, userUrn } from "@dumbwaiter/client";

/** Who is on the page. */
export const USERS = ["alice", "bob"] as const;
export type UserName = (typeof USERS)[number];

export const DEVICE_IDS = ["phone", "laptop"] as const;
export type DeviceId = (typeof DEVICE_IDS)[number];

/** A device's place in storage and in messages between tabs: `alice/phone`. */
export type Place = `${UserName}/${DeviceId}`;

export const PLACES: readonly Place[] = USERS.flatMap((user) =>
  DEVICE_IDS.map((device) => `${user}/${device}` as const),
);

export const userOf = (place: Place) => place.split("/")[0] as UserName;
export const deviceOf = (place: Place) => place.split("/")[1] as DeviceId;
export const peerOf = (user: UserName): UserName => (user === "alice" ? "bob" : "alice");
export const urnOf = (user: UserName) => userUrn(user);
export const titleOf = (user: UserName) => (user === "alice" ? "Alice" : "Bob");

/** How a message is sent. */
export const KINDS = ["normal", "urgent", "ephemeral"] as const;
export type Kind = (typeof KINDS)[number];

/** What is posted: all that the router gets, besides the sender's token or the recipient's access key. */
export type Envelope = SecureEnvelope;

/** How messages are sent from a device. */
export interface Manner {
  readonly kind: Kind;
  /** With the recipient's access key in place of a token. */
  readonly isAnonymous: boolean;
}

interface SavedMessage {
  readonly place: Place;
  /** Of a sent message its idempotency key, of a received one its ID. */
  readonly key: string;
  readonly text: string;
  readonly kind: Kind;
  /** When it was sent or received on this page; milliseconds since the epoch. */
  readonly at: number;
}

/** `sending`: not yet answered, so it may be sent again. `stored`: answered with 202. `refused`: never will be. */
export type SendState = "sending" | "stored" | "refused";

export interface SentMessage extends SavedMessage {
  readonly direction: "sent";
  /** Absent for one that was sent with a token. */
  readonly isAnonymous?: true;
  readonly state: SendState;
  /** Kept until the message is stored, because a retry must send the same bytes. */
  readonly envelope?: Envelope;
  /** The router's ID. */
  readonly id?: string;
  /** Why it was refused. */
  readonly reason?: string;
}

export interface ReceivedMessage extends SavedMessage {
  readonly direction: "received";
  readonly from: UserName;
  readonly fromDevice: string;
}

export type Message = SentMessage | ReceivedMessage;
