import { request } from "node:http";
import { ENVELOPE, type TestApi } from "./test-api.ts";

export const KEY = Buffer.alloc(32, "bobs").toString("base64");
export const WRONG_KEY = Buffer.alloc(32, "else").toString("base64");

interface AnonymousSendOptions {
  /** Bob's by default. */
  readonly key?: string;
  readonly recipient?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly at?: string;
}

/** Sends with an access key and no token. */
export function sendAnonymously(api: TestApi, options: AnonymousSendOptions = {}): Promise<Response> {
  const { key = KEY, recipient = "bob", headers = {}, at } = options;
  const body = options.body ?? { ...ENVELOPE, recipientId: `urn:sm:user:${recipient}` };
  return api.call("POST", "/api/send", {
    token: null,
    headers: { "access-key": key, ...headers },
    body,
    ...(at === undefined ? {} : { at }),
  });
}

export async function setAccessKey(api: TestApi, accessKey = KEY, sub = "bob"): Promise<void> {
  const token = await api.token({ sub });
  const { status } = await api.call("PUT", "/api/user/access-key", { token, body: { accessKey } });
  if (status !== 204) throw new Error(`the key was not set: ${status}`);
}

/** An answer byte for byte, but for the time of day. */
export function rawAnswer(url: string, headers: Readonly<Record<string, string>>, body: string) {
  return new Promise<string>((resolve, reject) => {
    const sent = request(`${url}/api/send`, { method: "POST", headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const lines = response.rawHeaders.map((text, index) =>
          response.rawHeaders[index - 1] === "Date" ? "now" : text,
        );
        resolve([response.statusCode, response.statusMessage, ...lines, Buffer.concat(chunks)].join("\n"));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
