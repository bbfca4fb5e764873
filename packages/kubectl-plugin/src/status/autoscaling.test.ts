import { describe, expect, it } from "@jest/globals";
import { autoscalingOf } from "./autoscaling.ts";

const HEAD = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "api" } };
const metric = { name: "undelivered" };

describe("the metrics of an autoscaler", () => {
  it("have the unit of their target, whatever their source", () => {
    const spec = {
      maxReplicas: 9,
      metrics: [
        { type: "External", external: { metric, target: { type: "AverageValue", averageValue: "5k" } } },
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
        { type: "Pods", pods: { metric: { name: "sockets" }, target: { averageValue: "100" } } },
      ],
    };
    const currentMetrics = [
      {
        type: "Resource",
        resource: { name: "cpu", current: { averageUtilization: 41, averageValue: "205m" } },
      },
      { type: "External", external: { metric, current: { averageValue: "120", value: "0" } } },
      { type: "" },
    ];
    expect(autoscalingOf({ ...HEAD, spec, status: { desiredReplicas: 3, currentMetrics } })).toEqual({
      ...{ min: 1, max: 9, desired: 3 },
      metrics: [
        { name: "undelivered", current: "120", target: "5k" },
        { name: "cpu", current: "41%", target: "70%" },
        { name: "sockets", target: "100" },
      ],
    });
  });

  it("are unknown at first", () => {
    expect(autoscalingOf({ ...HEAD, spec: { minReplicas: 2, maxReplicas: 4 } })).toEqual({
      ...{ min: 2, max: 4, desired: 0, metrics: [] },
    });
  });
});
