import type { Mutant } from "./mutant.ts";

const SRC = "services/processor/src";
const DEAD_LETTERS = `${SRC}/processing/dead-letters.test.ts`;
const STOP = `${SRC}/processor-stop.test.ts`;
const FAULTS = `${SRC}/processor-faults.test.ts`;
const PROCESSOR = `${SRC}/processor.test.ts`;
const RECIPIENTS = `${SRC}/processing/recipients.test.ts`;

/** What is accepted is stored, then delivered, then pushed, then acked; what fails comes again. */
export const PROCESSOR_MUTANTS: readonly Mutant[] = [
  {
    file: `${SRC}/processing/dead-letter-publisher.ts`,
    from: "delivery.nack();",
    to: "delivery.ack();",
    test: DEAD_LETTERS,
    name: "gives back a record whose dead letter fails",
  },
  {
    file: `${SRC}/processing/dead-letter-publisher.ts`,
    from: "delivery.nack();",
    to: "",
    test: DEAD_LETTERS,
    name: "gives back a record whose dead letter fails",
  },
  {
    file: `${SRC}/processing/dead-letter-publisher.ts`,
    from: 'await outages.hold("dead_letters"',
    to: 'void outages.hold("dead_letters"',
    test: DEAD_LETTERS,
    name: "acks no record before its dead letter is durable",
  },
  {
    file: `${SRC}/processing/dead-letter-publisher.ts`,
    from: 'outages.hold("dead_letters", () => deadLetters.put({ record, code, reason }))',
    to: "deadLetters.put({ record, code, reason })",
    test: FAULTS,
    name: "keeps a poison message while the dead-letter topic is unavailable",
  },
  {
    file: `${SRC}/processor.ts`,
    from: "await ingress.pause();",
    to: "",
    test: STOP,
    name: "takes nothing new once it is stopping",
  },
  {
    file: `${SRC}/processor.ts`,
    from: "const nacked = inFlight.nackAll();",
    to: "const nacked = 0;",
    test: STOP,
    name: "nacks what cannot be finished",
  },
  {
    file: `${SRC}/processor.ts`,
    from: "givingUp.abort();",
    to: "",
    test: STOP,
    name: "leaves alone what it has nacked",
  },
  {
    file: `${SRC}/processor.ts`,
    from: "delivery.attempt < SUSPECT_ATTEMPT",
    to: "delivery.attempt <= SUSPECT_ATTEMPT",
    test: FAULTS,
    name: "processes records that were redelivered often one at a time",
  },
  {
    file: `${SRC}/intake/check-records.ts`,
    from: "message.recipient}/",
    to: "message.id}/",
    test: PROCESSOR,
    name: "keeps apart the messages of two recipients under one ID",
  },
  {
    file: `${SRC}/intake/check-records.ts`,
    from: "> EPHEMERAL_TTL_MS",
    to: ">= EPHEMERAL_TTL_MS",
    test: `${SRC}/intake/check-records.test.ts`,
    name: "expires when it is older",
  },
  {
    file: `${SRC}/intake/in-flight.ts`,
    from: "if (this.#held.delete(this)) this.#delivery.ack();",
    to: "this.#delivery.ack();",
    test: `${SRC}/intake/in-flight.test.ts`,
    name: "settles each record once",
  },
  {
    file: `${SRC}/processing/process-batch.ts`,
    from: "      if (signal.aborted) return;\n      if (items.length === 1)",
    to: "      if (items.length === 1)",
    test: STOP,
    name: "leaves alone what it has nacked",
  },
  {
    file: `${SRC}/processing/process-batch.ts`,
    from: "await processOrSplit(items.slice(middle), putBack);",
    to: "",
    test: FAULTS,
    name: "nacks the one message that causes an unexpected error",
  },
  {
    file: `${SRC}/processing/process-items.ts`,
    from: "await pushes.request(offline);",
    to: "",
    test: PROCESSOR,
    name: "go to offline devices that have a push target",
  },
  {
    file: `${SRC}/processing/process-items.ts`,
    from: "missedMessages.has(item.message)) owed.push(delivery);",
    to: "missedMessages.has(item.message)) delivery.ack();",
    test: FAULTS,
    name: "acks once it has raised a resync",
  },
  {
    file: `${SRC}/processing/process-items.ts`,
    from: "if (reason !== undefined && wholeBatch) giveBack(delivery);\n        else if",
    to: "if",
    test: DEAD_LETTERS,
    name: "gives back a batch of which the store refuses every message",
  },
  {
    file: `${SRC}/processing/process-items.ts`,
    from: "const expired = new Set(items.filter(({ message }) => isExpired(message, clock)));",
    to: "const expired = new Set<Item>();",
    test: PROCESSOR,
    name: "are dropped when an outage has made them too old",
  },
  {
    file: `${SRC}/processing/live-delivery.ts`,
    from: "        isOwner(target) && !found",
    to: "        !found",
    test: RECIPIENTS,
    name: "delivers to no other device that registers",
  },
  {
    file: `${SRC}/processing/live-delivery.ts`,
    from: "isOwner(target) && !found.get(target.message.recipient)?.some(({ id }) => id === target.device.id)",
    to: "isOwner(target)",
    test: RECIPIENTS,
    name: "delivers once to a device that was found before",
  },
  {
    file: `${SRC}/processing/live-delivery.ts`,
    from: "const second = await deliver(adopting);",
    to: "const second = await deliver([]);",
    test: RECIPIENTS,
    name: "delivers to a first device that registers",
  },
];
