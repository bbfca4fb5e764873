import type { KubeClient } from "@dumbwaiter/kubernetes";
import { expect, it } from "@jest/globals";
import { FencedClient } from "./fenced-client.ts";
import { type Leadership, NotLeadingError } from "./leader-election.ts";

const OBJECT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "n" } };

/** A fenced client, and what reaches the client behind it: the name and the options of each call. */
function fenced(leadership: Leadership) {
  const calls: [string, unknown][] = [];
  const client = new Proxy(
    {},
    {
      get:
        (_, name: string) =>
        async (...args: unknown[]) =>
          void calls.push([name, args.at(-1)]),
    },
  );
  return { client: new FencedClient(client as KubeClient, leadership), calls };
}

const writes: Readonly<Record<string, (client: FencedClient) => Promise<unknown>>> = {
  apply: (client) => client.apply(OBJECT, { fieldManager: "m" }),
  create: (client) => client.create(OBJECT),
  mergePatch: (client) => client.mergePatch(OBJECT, {}, { fieldManager: "m" }),
  jsonPatch: (client) => client.jsonPatch(OBJECT, [], { fieldManager: "m" }),
  delete: (client) => client.delete(OBJECT, { uid: "u" }),
};

it.each(Object.keys(writes))("%s writes nothing while another process leads", async (name) => {
  const { client, calls } = fenced({
    signal: AbortSignal.abort(),
    remainingMs() {
      throw new NotLeadingError();
    },
  });
  await expect((async () => writes[name]?.(client))()).rejects.toThrow(NotLeadingError);
  expect(calls).toEqual([]);
});

it.each(
  Object.keys(writes).flatMap((name) => [
    { name, remainingMs: 9_999, timeoutMs: 9_999 },
    { name, remainingMs: 10_000, timeoutMs: 10_000 },
    { name, remainingMs: 10_001, timeoutMs: 10_000 },
  ]),
)("$name, of a term that ends in $remainingMs ms, ends within $timeoutMs ms", async (row) => {
  const { signal } = new AbortController();
  const { client, calls } = fenced({ signal, remainingMs: () => row.remainingMs });
  await writes[row.name]?.(client);
  expect(calls).toEqual([[row.name, expect.objectContaining({ timeoutMs: row.timeoutMs, signal })]]);
});

it("keeps what a write asks for", async () => {
  const { signal } = new AbortController();
  const { client, calls } = fenced({ signal, remainingMs: () => 1 });
  for (const write of Object.values(writes)) await write(client);
  const manager = { fieldManager: "m", timeoutMs: 1, signal };
  expect(calls).toEqual([
    ["apply", manager],
    ["create", { timeoutMs: 1, signal }],
    ["mergePatch", manager],
    ["jsonPatch", manager],
    ["delete", { uid: "u", timeoutMs: 1, signal }],
  ]);
});

it("reads whoever leads", async () => {
  const { client, calls } = fenced({
    signal: AbortSignal.abort(),
    remainingMs() {
      throw new NotLeadingError();
    },
  });
  await client.get(OBJECT);
  await client.find(OBJECT);
  expect(calls.map(([name]) => name)).toEqual(["get", "find"]);
});
