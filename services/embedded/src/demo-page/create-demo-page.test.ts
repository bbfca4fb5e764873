import { createHash } from "node:crypto";
import { eventually } from "@dumbwaiter/core/contracts";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("the demo page of the embedded process", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  const get = (path: string) => fetch(embedded.api + path);

  it("allows no script but its own, and the one import map by its hash", async () => {
    const response = await get("/");
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    const inline = [...(await response.text()).matchAll(/<script(?![^>]*src=)[^>]*>([\s\S]*?)<\/script>/g)];
    expect(inline).toHaveLength(1);
    const hash = createHash("sha256").update(String(inline[0]?.[1])).digest("base64");
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });

  it("serves the SDK's and its own modules as JavaScript, and no other file", async () => {
    for (const path of ["/client/index.ts", "/client/client.ts", "/demo-page/main.ts"]) {
      const response = await get(path);
      expect(response.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
      expect(await response.text()).not.toMatch(/\binterface \w+ \{|import type|: string\b/);
    }
    const others = [
      "/client/client.test.ts",
      "/client/..%2fpackage.json",
      "/client/../package.json",
      "/demo-page/sealing/envelope.test.ts",
      "/demo-page/tsconfig.json",
      "/demo-page/index.html",
      "/demo-page/..%2fsrc%2fwiring.ts",
    ];
    for (const path of others) expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect(await embedded.log(64 * 1024)).not.toContain("Warning");
  });

  it("counts without naming anybody but Alice and Bob, and what is queued only in numbers", async () => {
    const [carol, bob] = [new WireUser("carol", embedded), new WireUser("bob", embedded).device("phone")];
    await bob.pull();
    const id = await carol.send(bob);
    await eventually(async () => {
      const text = await (await get("/demo-page/counters")).text();
      expect(text).not.toMatch(new RegExp(`carol|urn:|${id}`));
      expect(JSON.parse(text)).toEqual({
        pid: embedded.pid,
        startedAt: expect.any(Number),
        accepted: 1,
        waiting: 0,
        stored: 1,
        delivered: 0,
        acked: 0,
        sockets: 0,
        queues: { alice: {}, bob: { phone: 1 } },
      });
    });
  });

  it("lets no page of another origin read the counters", async () => {
    const counters = await fetch(`${embedded.api}/demo-page/counters`, {
      headers: { Origin: "https://evil.example" },
    });
    expect(counters.headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect(counters.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
  });
});
