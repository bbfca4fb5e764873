import type { DeadLetter, DeadLetterCode, DeadLetters, IngressRecord } from "@dumbwaiter/core";
import type { PubSubTopic } from "./pubsub-topic.ts";

/** A letter has the record's own attributes and these two. */
const DEAD_LETTER_CODE = "dumbwaiter-code";
const DEAD_LETTER_REASON = "dumbwaiter-reason";

/** Pub/Sub's own attributes, when the subscription's policy has given a record up. */
const GIVEN_UP_PREFIX = "CloudPubSubDeadLetter";

/** Pub/Sub takes 100 attributes per message, 1,024 bytes per value and 10 MB in all. */
const MAX_OWN_ATTRIBUTES = 98;
const MAX_REASON_BYTES = 1024;
const MAX_DATA_BYTES = 9 * 1024 * 1024;

/** The dead-letter topic: the record's data and attributes, with the code and the reason as two more attributes. */
export class PubSubDeadLetters implements DeadLetters {
  readonly #topic: PubSubTopic;

  constructor(topic: PubSubTopic) {
    this.#topic = topic;
  }

  /** Truncates what exceeds Pub/Sub's limits together with the reason: a letter must never be refused. */
  put({ record, code, reason }: DeadLetter): Promise<void> {
    const own = Object.entries(record.attributes).slice(0, MAX_OWN_ATTRIBUTES);
    return this.#topic.publish({
      data: record.data.subarray(0, MAX_DATA_BYTES),
      attributes: {
        ...Object.fromEntries(own),
        [DEAD_LETTER_CODE]: code,
        [DEAD_LETTER_REASON]: truncate(reason, MAX_REASON_BYTES),
      },
    });
  }
}

/** Reads a message of the dead-letter topic, whether the processor or Pub/Sub published it. */
export function deadLetterOf({ data, attributes }: IngressRecord): DeadLetter {
  const own = Object.entries(attributes).filter(
    ([name]) => name !== DEAD_LETTER_CODE && name !== DEAD_LETTER_REASON && !name.startsWith(GIVEN_UP_PREFIX),
  );
  return {
    record: { data, attributes: Object.fromEntries(own) },
    code: (attributes[DEAD_LETTER_CODE] as DeadLetterCode | undefined) ?? "attempts_exhausted",
    reason: attributes[DEAD_LETTER_REASON] ?? "given up on by the subscription after its last attempt",
  };
}

/** Truncates between characters. */
function truncate(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
}
