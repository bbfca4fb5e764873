import { readFileSync } from "node:fs";
import { request } from "node:https";
import { ADMIN_TOKEN, type ClusterAddress } from "./cluster-address.ts";

export interface ApiAnswer {
  readonly status: number;
  /** The API server's warnings: deprecated versions, Pod Security, unknown fields. */
  readonly warnings: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind
  readonly body: any;
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly contentType?: string;
  readonly token?: string;
}

/** One request as the administrator, or with the given token. Resolves for an answer of any status. */
export async function apiRequest(
  { server, caPath }: Pick<ClusterAddress, "server" | "caPath">,
  path: string,
  { method = "GET", body, contentType = "application/json", token = ADMIN_TOKEN }: ApiRequest = {},
): Promise<ApiAnswer> {
  return await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
    const options = { method, headers, ca: readFileSync(caPath), timeout: 30_000 };
    const sent = request(new URL(path, server), options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers["content-type"]?.includes("json");
        resolve({
          status: response.statusCode ?? 0,
          warnings: warningsIn(response.headersDistinct.warning),
          body: isJson ? JSON.parse(text) : text,
        });
      });
    });
    sent.once("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The text of each `299 - "text"`, whose quotation marks are escaped. */
function warningsIn(headers: readonly string[] = []): string[] {
  return headers.map((header) => header.replace(/^299 \S+ "(.*)"$/s, "$1").replaceAll(/\\(.)/g, "$1"));
}
