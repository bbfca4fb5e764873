import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { counter, createMetricsRegistry, gauge } from "../telemetry/metrics.ts";
import { type AdminServer, startAdminServer } from "./admin-server.ts";
import { Health } from "./health.ts";

const registry = createMetricsRegistry({ service: "test" });
counter(registry, { name: "dumbwaiter_probe_total", help: "probes" }).inc();

let health: Health;
let admin: AdminServer;

beforeEach(async () => {
  health = new Health();
  admin = await startAdminServer({ port: 0, host: "127.0.0.1", registry, health });
});

afterEach(() => admin.close());

function ask(path: string, method = "GET") {
  return fetch(`http://127.0.0.1:${admin.port}${path}`, { method });
}

describe("startAdminServer", () => {
  it("is alive throughout, and ready only between the start and the stop", async () => {
    const readiness = async () => {
      const response = await ask("/readyz");
      return [response.status, (await response.text()).trim()];
    };
    expect((await ask("/healthz")).status).toBe(200);
    expect(await readiness()).toEqual([503, "starting"]);
    health.started = true;
    expect(await readiness()).toEqual([200, "ready"]);
    health.stopping = true;
    expect(await readiness()).toEqual([503, "draining"]);
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("is not alive while something is stuck", async () => {
    health.stuck = () => "the watch of Deployments";
    const response = await ask("/healthz");
    expect([response.status, await response.text()]).toEqual([503, "the watch of Deployments\n"]);
  });

  it("serves the metrics in the Prometheus format", async () => {
    const response = await ask("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await response.text()).toContain('dumbwaiter_probe_total{service="test"} 1');
  });

  it("makes the metrics once for requests that come together", async () => {
    let made = 0;
    const slow = createMetricsRegistry({ service: "test" });
    gauge(slow, {
      name: "dumbwaiter_slow",
      help: "a gauge that takes time",
      async collect() {
        made += 1;
        await new Promise((resolve) => setTimeout(resolve, 500));
      },
    });
    const other = await startAdminServer({ port: 0, host: "127.0.0.1", registry: slow, health });
    const ask = async () => (await fetch(`http://127.0.0.1:${other.port}/metrics`)).text();
    for (const text of await Promise.all([1, 2, 3, 4, 5].map(ask))) expect(text).toContain("dumbwaiter_slow");
    expect(made).toBeLessThan(5);
    await ask();
    expect(made).toBeGreaterThan(1);
    await other.close();
  });

  it.each([
    ["GET", "/", 404],
    ["GET", "/metrics/x", 404],
    ["GET", "/readyz?verbose", 503],
    ["HEAD", "/healthz", 200],
    ["POST", "/metrics", 405],
  ])("answers %s %s with %d", async (method, path, status) => {
    expect((await ask(path, method)).status).toBe(status);
  });

  it("rejects when its port is taken", async () => {
    const second = startAdminServer({ port: admin.port, host: "127.0.0.1", registry, health });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("closes in spite of keep-alive connections, and more than once", async () => {
    await (await ask("/healthz")).text();
    await admin.close();
    await admin.close();
    await expect(ask("/healthz")).rejects.toThrow();
  });
});
