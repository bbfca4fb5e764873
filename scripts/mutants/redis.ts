import type { Mutant } from "./mutant.ts";

const SRC = "packages/redis/src";
const SUBSCRIPTIONS = `${SRC}/delivery/redis-delivery-subscriptions.ts`;
const SIGNS = `${SRC}/delivery/redis-delivery-subscriptions.test.ts`;

/** A node reads its queues again after anything that may have kept a delivery from it. */
export const REDIS_MUTANTS: readonly Mutant[] = [
  {
    file: SUBSCRIPTIONS,
    from: "        this.#addMissed((slot) => slots.has(slot));\n",
    to: "",
    test: SIGNS,
    name: "tells of a loss when a connection has been restored",
  },
  {
    file: SUBSCRIPTIONS,
    from: "if (handlers.size > 0) this.#unsubscribedOf(key).add(this.#slotsOf(key));",
    to: "",
    test: SIGNS,
    name: "tells of a loss when a connection has been restored",
  },
  {
    file: SUBSCRIPTIONS,
    from: "if (this.#failed.delete(key)) this.#addMissed(this.#slotsOf(key));",
    to: "",
    test: SIGNS,
    name: "tells of a loss when a check succeeds that had failed",
  },
  {
    file: SUBSCRIPTIONS,
    from: "      this.#failed.add(key);\n      throw error;",
    to: "      throw error;",
    test: SIGNS,
    name: "tells of a loss when a check succeeds that had failed",
  },
  {
    file: SUBSCRIPTIONS,
    from: "await shard.probe(this.#probeChannelOf(key));",
    to: "",
    test: SIGNS,
    name: "tells of a loss when a check succeeds that had failed",
  },
  {
    file: SUBSCRIPTIONS,
    from: "[this.#checkShards(), this.#resyncValues.check()]",
    to: "[this.#checkShards()]",
    test: SIGNS,
    name: "tells of a loss when the count of resyncs has changed",
  },
  {
    file: SUBSCRIPTIONS,
    from: "await (this.#handlers.has(channel) ? shard.subscribe(channel) : shard.ping());",
    to: "",
    test: SIGNS,
    name: "confirms a subscription only when Redis has answered",
  },
  {
    file: `${SRC}/delivery/resync-values.ts`,
    from: "before !== undefined && before !== value ? group : undefined",
    to: "undefined",
    test: SIGNS,
    name: "tells of a loss when the count of resyncs has changed",
  },
  {
    file: `${SRC}/delivery/missed-slots.ts`,
    from: "slots.holds(deliveryChannel(this.#keyPrefix, address))",
    to: "!slots.holds(deliveryChannel(this.#keyPrefix, address))",
    test: SIGNS,
    name: "tells of a loss when a connection has been restored",
  },
];
