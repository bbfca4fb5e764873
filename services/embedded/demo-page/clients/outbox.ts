import { uuidV7 } from "@dumbwaiter/client";
import { deviceOf, type Manner, type Place, peerOf, type SentMessage, urnOf, userOf } from "../model.ts";
import { sealEnvelope } from "../sealing/envelope.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";

/** Messages sealed together. */
const BATCH = 50;

type OutboxDependencies = Pick<DeviceDependencies, "keys" | "messages" | "channel">;

/**
 * Seals messages and saves them before they are sent, with the key that makes all attempts one message. So whatever ends
 * meanwhile, this tab or the process, each is sent once. The tab that leads does the sending.
 */
export class Outbox {
  readonly #dependencies: OutboxDependencies;

  constructor(dependencies: OutboxDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves once the texts are saved. */
  async add(place: Place, texts: readonly string[], manner: Manner): Promise<void> {
    const { messages, channel } = this.#dependencies;
    for (let from = 0; from < texts.length; from += BATCH) {
      const now = Date.now();
      const batch = await Promise.all(
        // A fraction of a millisecond apart, so that they stay in order.
        texts
          .slice(from, from + BATCH)
          .map((text, index) => this.#seal(place, text, manner, now + index / BATCH)),
      );
      await Promise.all(batch.map((message) => messages.saveSent(message)));
      for (const message of batch) channel.emit({ type: "message", message });
      if (from === 0) channel.emit({ type: "look", place }); // the first are sent while the rest are sealed
    }
    channel.emit({ type: "look", place });
  }

  async #seal(place: Place, text: string, { kind, isAnonymous }: Manner, at: number): Promise<SentMessage> {
    const { keys } = this.#dependencies;
    const sender = userOf(place);
    const recipient = peerOf(sender);
    const content = { from: urnOf(sender), fromDevice: deviceOf(place), text, sentAt: at };
    const address = { recipientId: urnOf(recipient), kind };
    const recipientKey = keys[recipient].agreement.publicKey;
    const envelope = await sealEnvelope(content, address, keys[sender], recipientKey);
    const extra = isAnonymous ? ({ isAnonymous } as const) : {};
    return { direction: "sent", state: "sending", place, key: uuidV7(), text, kind, at, envelope, ...extra };
  }
}
