import { describe, expect, it } from "@jest/globals";
import { operatorOf } from "./operator-of.ts";
import { ROUTING_SERVICE, type RoutingService } from "./routing-service.ts";

function routingService(annotation?: string, operator?: string): RoutingService {
  const annotations = annotation === undefined ? {} : { "dumbwaiter.io/operator": annotation };
  const metadata = { name: "shop", namespace: "n", uid: "u", annotations };
  return { ...ROUTING_SERVICE, metadata, spec: {}, status: { operator } } as RoutingService;
}

describe("the operator of a RoutingService", () => {
  it("is that of the annotation, then the one that has claimed it", () => {
    expect(operatorOf(routingService("n/new", "n/old"))).toBe("n/new");
    expect(operatorOf(routingService(undefined, "n/old"))).toBe("n/old");
    expect(operatorOf(routingService())).toBeUndefined();
  });

  it("is nobody of one that has just been made", () => {
    const { annotations: _, ...metadata } = routingService().metadata;
    expect(operatorOf({ ...ROUTING_SERVICE, metadata, spec: {} })).toBeUndefined();
  });

  it("is not nobody because the annotation is empty", () => {
    expect(operatorOf(routingService("", "n/old"))).toBe("n/old");
    expect(operatorOf(routingService(""))).toBeUndefined();
  });
});
