import { randomBytes } from "node:crypto";
// Bare: what a request costs is measured, and compared with the same request to a bare server. The SDK sends again what
// is refused or lost, so its sends are not as many requests. Nor does this take much of the machine that it measures:
// 0.9 CPU seconds for 10,000 sends, of which the SDK's `fetch` alone takes 2.6.
import { Agent, request } from "node:http";
import type { WireUser } from "@dumbwaiter/wire-user";

/** Takes an envelope to about 1.4 KB. */
const DATA_BYTES = 880;

/** An envelope of about 1.4 KB, as JSON. */
export function newEnvelope(recipientId: string): string {
  return JSON.stringify({
    recipientId,
    encryptedData: randomBytes(DATA_BYTES).toString("base64"),
    encryptedSymmetricKey: randomBytes(64).toString("base64"),
    signature: randomBytes(48).toString("base64"),
  });
}

/** An answer to a send other than 202. */
export class SendError extends Error {
  readonly status: number | undefined;

  constructor(status: number | undefined, body: string) {
    super(`${status} ${body}`);
    this.status = status;
  }
}

/** Posts envelopes over open connections. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #url: URL;
  readonly #token: string;

  /** @param origin of the api, or of the floor server */
  constructor(origin: string, token: string) {
    this.#url = new URL("/api/send", origin);
    this.#token = token;
  }

  static async create(user: WireUser): Promise<Sender> {
    return new Sender(user.endpoints.api, await user.token());
  }

  /**
   * @returns the id of the message
   * @throws SendError if the message is not accepted
   */
  send({ urn }: Pick<WireUser, "urn">): Promise<string> {
    const body = newEnvelope(urn);
    return new Promise((resolve, reject) => {
      const call = request(this.#url, {
        method: "POST",
        agent: this.#agent,
        headers: {
          Authorization: `Bearer ${this.#token}`,
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
        },
      });
      call.on("error", reject);
      call.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part) => {
          text += part;
        });
        response.on("end", () => {
          if (response.statusCode === 202) resolve(JSON.parse(text).id);
          else reject(new SendError(response.statusCode, text));
        });
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
