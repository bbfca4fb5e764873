import { expect, it } from "@jest/globals";
import { Histogram, Registry } from "prom-client";
import { bucketsOf, bucketsSince, quantile } from "./histogram.ts";

function histogram() {
  const registry = new Registry();
  const options = { name: "took_seconds", help: "x", labelNames: ["call"], buckets: [0.1, 0.2, 0.4] };
  const metric = new Histogram({ ...options, registers: [registry] });
  // Its name begins alike.
  new Histogram({ ...options, name: "took_seconds_bucket_more", registers: [registry] }).observe(1);
  return { metric, buckets: async () => bucketsOf(await registry.metrics(), "took_seconds") };
}

it("the buckets of a histogram are those of all its labels", async () => {
  const { metric, buckets } = histogram();
  expect(await buckets()).toEqual([]);
  metric.observe({ call: "send" }, 0.05);
  metric.observe({ call: "pull" }, 0.3);
  metric.observe({ call: "pull" }, 9);
  expect(await buckets()).toEqual([
    [0.1, 1],
    [0.2, 1],
    [0.4, 2],
    [Number.POSITIVE_INFINITY, 3],
  ]);
});

it("a quantile lies within its bucket, in proportion", async () => {
  const { metric, buckets } = histogram();
  for (let i = 0; i < 90; i += 1) metric.observe({ call: "send" }, 0.05);
  for (let i = 0; i < 10; i += 1) metric.observe({ call: "send" }, 0.15);
  expect(quantile(await buckets(), 0.45)).toBeCloseTo(0.05);
  expect(quantile(await buckets(), 0.95)).toBeCloseTo(0.15);
  const before = await buckets();
  expect(quantile(bucketsSince(before, before), 0.5)).toBe(Number.NaN);
  metric.observe({ call: "send" }, 0.4);
  expect(quantile(bucketsSince(before, await buckets()), 0.5)).toBeCloseTo(0.3);
});

it("a quantile above the last bound is unknown, and none of nothing", async () => {
  const { metric, buckets } = histogram();
  expect(quantile(await buckets(), 0.5)).toBe(Number.NaN);
  metric.observe({ call: "send" }, 9);
  expect(quantile(await buckets(), 0.5)).toBe(Number.NaN);
});
