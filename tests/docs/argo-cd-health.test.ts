import { sharedRedis } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { readDocument } from "./markdown-document.ts";

const KEY = "  resource.customizations.health.dumbwaiter.io_RoutingService: |\n";

/** The health check of docs/operations.md. */
function healthCheck(): string {
  const { text } = readDocument("docs/operations.md");
  const [, block = ""] = text.split(KEY);
  return block.slice(0, block.indexOf("```"));
}

/** Redis runs Lua 5.1, as Argo CD does. */
let redis: Redis;
beforeAll(async () => {
  redis = new Redis((await sharedRedis()).url);
});
afterAll(() => redis?.disconnect());

async function healthOf(status: object | undefined): Promise<{ status: string; message: string }> {
  const object = { metadata: { generation: 3 }, status };
  const script = `local obj = cjson.decode(ARGV[1])
local health = (function() ${healthCheck()} end)()
return cjson.encode(health)`;
  return JSON.parse((await redis.eval(script, 0, JSON.stringify(object))) as string);
}

function withConditions(conditions: Readonly<Record<string, readonly [status: string, reason: string]>>) {
  return {
    observedGeneration: 3,
    conditions: Object.entries(conditions).map(([type, [status, reason]]) => ({
      ...{ type, status, reason, message: `${type}: ${reason}` },
    })),
  };
}

const FINE = {
  Ready: ["True", "AllAvailable"],
  Progressing: ["False", "Complete"],
  Degraded: ["False", "AsExpected"],
  Paused: ["False", "NotPaused"],
} as const;

describe("the health check for Argo CD", () => {
  it.each<[string, object | undefined, string]>([
    ["that is ready", withConditions(FINE), "Healthy"],
    ["that no operator has seen", undefined, "Progressing"],
    ["that no operator has seen, with the CRD's default", { observedGeneration: -1 }, "Progressing"],
    [
      "whose status is of an earlier generation",
      { ...withConditions(FINE), observedGeneration: 2 },
      "Progressing",
    ],
    [
      "whose first pods start",
      withConditions({ ...FINE, Ready: ["False", "NotAvailable"], Progressing: ["True", "RollingOut"] }),
      "Progressing",
    ],
    [
      "whose topics are being created",
      withConditions({ ...FINE, Ready: ["False", "DependenciesPending"] }),
      "Progressing",
    ],
    [
      "whose topics are refused",
      withConditions({ ...FINE, Ready: ["False", "DependenciesNotReady"] }),
      "Degraded",
    ],
    ["that is scaled to 0", withConditions({ ...FINE, Ready: ["False", "NotAvailable"] }), "Degraded"],
    [
      "whose spec is invalid",
      withConditions({ ...FINE, Ready: ["False", "InvalidSpec"], Degraded: ["True", "InvalidSpec"] }),
      "Degraded",
    ],
    [
      "whose scaling a quota limits",
      withConditions({ ...FINE, Degraded: ["True", "ReplicaFailure"] }),
      "Healthy",
    ],
    ["that is paused", withConditions({ ...FINE, Paused: ["True", "Paused"] }), "Suspended"],
  ])("a RoutingService %s", async (_, status, health) => {
    const result = await healthOf(status);
    expect(result.status).toBe(health);
    expect(result.message).not.toBe("");
  });
});
