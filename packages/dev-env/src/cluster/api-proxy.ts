import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { LOOPBACK } from "../servers/server.ts";
import { uniqueName } from "../servers/unique-name.ts";
import type { ClusterAddress } from "./cluster-address.ts";

/** Passes a request on to the API server, or answers it instead. */
type Interception = (request: IncomingMessage, response: ServerResponse) => Promise<"pass" | "answered">;

/** A proxy in front of the real API server, which answers whatever is not intercepted. */
export interface ApiProxy {
  /** The administrator's, through the proxy. */
  readonly kubeconfigPath: string;
  /** Replaces the interception. */
  intercept(interception: Interception): void;
  close(): Promise<void>;
}

export async function startApiProxy(address: ClusterAddress): Promise<ApiProxy> {
  const ca = readFileSync(address.caPath);
  const agent = new Agent({ ca });
  // The API server's own certificate, which is valid for loopback.
  const key = readFileSync(address.caPath.replace(/\.crt$/, ".key"));
  let intercept: Interception = async () => "pass";
  const forward = (inbound: IncomingMessage, response: ServerResponse) => {
    const { method, headers } = inbound;
    const outbound = request(new URL(inbound.url ?? "/", address.server), { method, headers, agent });
    outbound.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      // A watch has headers immediately, and a body when something happens.
      response.flushHeaders();
      answer.pipe(response);
    });
    outbound.on("error", () => response.destroy());
    response.once("close", () => outbound.destroy());
    inbound.pipe(outbound);
  };
  const server = createServer({ cert: ca, key }, (inbound, response) => {
    intercept(inbound, response).then(
      (outcome) => outcome === "pass" && forward(inbound, response),
      (error) => response.destroy(error),
    );
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const kubeconfigPath = join(address.folder, `${uniqueName("proxy")}.kubeconfig`);
  const text = await readFile(address.kubeconfigPath, "utf8");
  const url = `https://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  await writeFile(kubeconfigPath, text.replaceAll(address.server, url), { mode: 0o600 });
  return {
    kubeconfigPath,
    intercept(interception) {
      intercept = interception;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      agent.destroy();
    },
  };
}
