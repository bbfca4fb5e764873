import { randomBytes } from "node:crypto";
import { once } from "node:events";
// Bare: its headers, its address and what is refused are what is searched for.
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Marks } from "./marks.ts";

/** What is sent in place of the parts of an ordinary send. */
export interface MarkedSend {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Callers so far: each has a network of its own. */
let callers = 0;

/** Who sends from an address and with headers that can be found again, wherever they are written. */
export class MarkedCaller {
  readonly marks = new Marks();
  readonly #tag = randomBytes(5).toString("hex");
  readonly #number = 100 + callers++;
  /** A proxy's: `X-Forwarded-For` says who is behind it. */
  readonly #localAddress = `127.0.0.${this.#number}`;
  readonly agent = new Agent({ localAddress: this.#localAddress });
  readonly headers: Readonly<Record<string, string>>;

  constructor() {
    const network = `198.51.${this.#number}`;
    const address = `${network}.77`;
    this.marks.add("address of the connection", this.#localAddress, `::ffff:${this.#localAddress}`);
    this.marks.add("address", address);
    this.marks.add("network", `${network}.0/24`, `${network}.0`, network, `network:${network}.0/24`);
    const traceId = randomBytes(16);
    const spanId = randomBytes(8);
    this.marks.add("trace", traceId);
    this.marks.add("span", spanId);
    const [trace, span] = [traceId.toString("hex"), spanId.toString("hex")];
    this.headers = {
      "User-Agent": this.mark("User-Agent"),
      "X-Forwarded-For": address,
      Forwarded: `for=${address}`,
      "X-Real-IP": address,
      Referer: `https://${this.mark("Referer")}.example/page`,
      Cookie: `session=${this.mark("Cookie")}`,
      "Accept-Language": this.mark("Accept-Language"),
      traceparent: `00-${trace}-${span}-01`,
      tracestate: `vendor=${this.mark("tracestate")}`,
      baggage: `user=${this.mark("baggage")}`,
      "X-Cloud-Trace-Context": `${trace}/1;o=1`,
      "X-Request-Id": this.mark("X-Request-Id"),
      "X-Device-Id": this.mark("X-Device-Id"),
      "X-Marked": this.mark("X-Marked"),
    };
  }

  /** A new text that is searched for, with only characters that every place allows. */
  mark(name: string): string {
    const value = `marked-${name.toLowerCase()}-${this.#tag}`;
    this.marks.add(name, value);
    return value;
  }

  /** @returns the status, and the answer's JSON, or an empty object */
  async send(api: string, { method = "POST", path = "/api/send", headers, body = "" }: MarkedSend) {
    const sending = request(api + path, {
      method,
      agent: this.agent,
      headers: {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
        ...this.headers,
        ...headers,
      },
    });
    sending.end(body);
    const [response] = (await once(sending, "response")) as [IncomingMessage];
    const answer = await text(response);
    return { status: response.statusCode, answer: answer === "" ? {} : JSON.parse(answer) };
  }

  /** Sends what is no HTTP; resolves once the server has closed the connection, or has answered. */
  async sendBroken(api: string, head: string, body = ""): Promise<void> {
    const { hostname, port, host } = new URL(api);
    const socket = connect({ port: Number(port), host: hostname, localAddress: this.#localAddress });
    socket.on("error", () => {});
    const headers = Object.entries({ Host: host, ...this.headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write([head, ...headers, "", body].join("\r\n"));
    socket.end();
    await once(socket.resume(), "close");
  }
}
