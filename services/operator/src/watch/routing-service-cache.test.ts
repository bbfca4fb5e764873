import type { KubeObject } from "@dumbwaiter/kubernetes";
import { ROUTING_SERVICE, type RoutingServiceStatus } from "@dumbwaiter/routing-service";
import { describe, expect, it } from "@jest/globals";
import { RoutingServiceCache } from "./routing-service-cache.ts";

const BEFORE: RoutingServiceStatus = { version: "1" };
const AFTER: RoutingServiceStatus = { version: "2" };

function state(resourceVersion: string, status: RoutingServiceStatus, metadata: object = {}): KubeObject {
  const whole = { name: "a", namespace: "n", uid: "1", resourceVersion, generation: 1, ...metadata };
  return { ...ROUTING_SERVICE, metadata: whole, spec: {}, status };
}

function known() {
  const changes: string[] = [];
  const routingServices = new RoutingServiceCache((key) => changes.push(key));
  routingServices.changed(state("1", BEFORE));
  expect(changes.splice(0)).toEqual(["n/a"]);
  return { routingServices, changes };
}

describe("the cache of routing services", () => {
  it("does not report a status that the operator writes, whether the watch or the response is first", async () => {
    const { routingServices, changes } = known();
    await routingServices.writeStatus("n/a", AFTER, async () => state("2", AFTER));
    await routingServices.writeStatus("n/a", BEFORE, async () => {
      routingServices.changed(state("3", BEFORE));
      return state("3", BEFORE);
    });
    routingServices.changed(state("3", BEFORE));
    expect(changes).toEqual([]);
    expect(routingServices.get("n/a")?.metadata.resourceVersion).toBe("3");
  });

  it.each<[string, KubeObject]>([
    ["another spec", state("2", AFTER, { generation: 2 })],
    ["a deletion", state("2", AFTER, { deletionTimestamp: "2030-01-01T00:00:00Z" })],
    ["another routing service of the same name", state("2", AFTER, { uid: "2" })],
    ["a status that another client writes", state("2", BEFORE)],
  ])("reports %s during the write", async (_, other) => {
    const { routingServices, changes } = known();
    await routingServices.writeStatus("n/a", AFTER, async () => other);
    expect(changes).toEqual(["n/a"]);
  });

  it("reports the same status once it is no longer being written", async () => {
    const { routingServices, changes } = known();
    await expect(
      routingServices.writeStatus("n/a", AFTER, () => Promise.reject(new Error("no answer"))),
    ).rejects.toThrow("no answer");
    routingServices.changed(state("2", AFTER));
    expect(changes).toEqual(["n/a"]);
  });
});
