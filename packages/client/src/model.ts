import type { DumbwaiterError } from "./error.ts";

/** What a sender posts and a recipient gets; the router cannot open it. */
export interface SecureEnvelope {
  /** `urn:sm:user:<id>`: see `userUrn` */
  readonly recipientId: string;
  /** Base64, as are the next two. */
  readonly encryptedData: string;
  readonly encryptedSymmetricKey: string;
  readonly signature?: string;
  /** Goes to the devices that are connected, or nowhere. */
  readonly isEphemeral?: boolean;
  /** 0 to 10; 5 and above is high. */
  readonly priority?: number;
}

/** A message as it is pulled. */
export interface PulledMessage {
  /** A UUIDv7 that never changes. */
  readonly id: string;
  readonly envelope: SecureEnvelope;
}

/** A message that was handed over: save it, then acknowledge it. */
export interface Message extends PulledMessage {
  /**
   * Says that the message is saved. Resolves once the store has recorded it: from then on the message is not handed over
   * again, and the client makes sure that the server deletes it. Does nothing for an ephemeral message.
   *
   * @throws DumbwaiterError `store_failed`
   */
  ack(): Promise<void>;
}

export interface Page {
  readonly messages: readonly PulledMessage[];
  /** Whether the queue holds more. */
  readonly hasMore: boolean;
}

export type PushPlatform = "ios" | "android" | "web";

export interface Device {
  readonly id: string;
  /** ISO 8601, accurate to a day. */
  readonly lastSeen: string;
  readonly push?: { readonly platform: PushPlatform };
}

/** How long a call may take, with its retries. */
export interface CallOptions {
  /** Ends the call with the code `aborted`. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the call is not retried anymore; 60,000 by default. */
  readonly timeoutMs?: number;
  /** Called before each pause, with the failure that is retried after it. */
  readonly onRetry?: (error: DumbwaiterError) => void;
}
