import type { DeadLetter, DeadLetterCode, DeadLetters, IngressRecord } from "@dumbwaiter/core";
import type { PubSubTopic } from "./pubsub-topic.ts";

/** Beside the record's own attributes, a letter bears these two. */
export const DEAD_LETTER_CODE = "dumbwaiter-code";
export const DEAD_LETTER_REASON = "dumbwaiter-reason";

/** What Pub/Sub itself adds when the subscription's own policy has given a record up. */
const GIVEN_UP_PREFIX = "CloudPubSubDeadLetter";

/** Pub/Sub takes 100 attributes a message, 1,024 bytes a value and 10 MB in all. */
const MAX_OWN_ATTRIBUTES = 98;
const MAX_REASON_BYTES = 1024;
const MAX_DATA_BYTES = 9 * 1024 * 1024;

/** The dead-letter topic: the record's data and attributes, with the code and the reason as two attributes more. */
export class PubSubDeadLetters implements DeadLetters {
  readonly #topic: PubSubTopic;

  constructor(topic: PubSubTopic) {
    this.#topic = topic;
  }

  /** What a record has over Pub/Sub's limits with the reason added is cut off: a letter must never be refused. */
  put({ record, code, reason }: DeadLetter): Promise<void> {
    const own = Object.entries(record.attributes).slice(0, MAX_OWN_ATTRIBUTES);
    return this.#topic.publish({
      data: record.data.subarray(0, MAX_DATA_BYTES),
      attributes: {
        ...Object.fromEntries(own),
        [DEAD_LETTER_CODE]: code,
        [DEAD_LETTER_REASON]: cut(reason, MAX_REASON_BYTES),
      },
    });
  }
}

/** Reads a message of the dead-letter topic back, whoever put it there. */
export function deadLetterOf({ data, attributes }: IngressRecord): DeadLetter {
  const own = Object.entries(attributes).filter(
    ([name]) => name !== DEAD_LETTER_CODE && name !== DEAD_LETTER_REASON && !name.startsWith(GIVEN_UP_PREFIX),
  );
  return {
    record: { data, attributes: Object.fromEntries(own) },
    code: (attributes[DEAD_LETTER_CODE] as DeadLetterCode | undefined) ?? "attempts_exhausted",
    reason: attributes[DEAD_LETTER_REASON] ?? "given up by the subscription after its last attempt",
  };
}

/** Cuts between characters. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
}
