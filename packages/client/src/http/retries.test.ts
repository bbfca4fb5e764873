import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { createHttpClient, type DumbwaiterError } from "../index.ts";

it("a call tells of each failure that it retries, and keeps its key", async () => {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    const isRefused = keys.length <= 2;
    response.writeHead(isRefused ? 429 : 202, { "Content-Type": "application/json", "Retry-After": "0" });
    response.end(isRefused ? '{"code":"rate_limited","detail":"Too many"}' : '{"id":"1"}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const failures: DumbwaiterError[] = [];
    const client = createHttpClient({ url, token: () => "token" });
    const envelope = { recipientId: "urn:sm:user:bob", encryptedData: "AA==", encryptedSymmetricKey: "AA==" };
    expect(await client.send(envelope, { onRetry: (error) => failures.push(error) })).toEqual({ id: "1" });
    const refusal = { code: "rate_limited", message: "Too many", status: 429, retryable: true };
    expect(failures).toEqual([expect.objectContaining(refusal), expect.objectContaining(refusal)]);
    expect(new Set(keys).size).toBe(1);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

it("a call that reaches no server says which", async () => {
  const client = createHttpClient({ url: "http://127.0.0.1:1/", token: () => "token" });
  await expect(client.pull({ timeoutMs: 0 })).rejects.toMatchObject({
    code: "network",
    message: "http://127.0.0.1:1 could not be reached",
  });
});
