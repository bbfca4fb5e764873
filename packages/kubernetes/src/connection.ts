import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";

/** Tokens of service accounts are renewed in their file; they are good for minutes after that. */
const CREDENTIALS_TTL_MS = 30_000;

export type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

export interface Session {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
}

/**
 * How to reach the API server as a kubeconfig says. The library makes a pool of connections for each request; this
 * keeps one until it is told that the connections are dead.
 */
export class Connection {
  readonly #config: KubeConfig;
  #session: Promise<Session> | undefined;
  #readAt = 0;
  #dispatcher: Dispatcher | undefined;
  #dispatcherKey = "";

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  session(): Promise<Session> {
    if (this.#session === undefined || performance.now() - this.#readAt > CREDENTIALS_TTL_MS) {
      this.#readAt = performance.now();
      const session = this.#read();
      this.#session = session;
      session.catch(() => {
        if (this.#session === session) this.#session = undefined;
      });
    }
    return this.#session;
  }

  /** The credentials were refused: they are read again for the next request. */
  forgetCredentials(): void {
    this.#session = undefined;
  }

  /** A request had no answer: its connection may be half-open, and others share it. All under way on it fail. */
  reset(used: Dispatcher | undefined): void {
    if (used === undefined || used !== this.#dispatcher) return;
    this.#dispatcher = undefined;
    this.#session = undefined;
    void used.destroy().catch(() => {});
  }

  async close(): Promise<void> {
    const used = this.#dispatcher;
    this.#dispatcher = undefined;
    this.#session = undefined;
    await used?.destroy();
  }

  async #read(): Promise<Session> {
    const server = this.#config.getCurrentCluster()?.server.replace(/\/+$/, "");
    if (server === undefined) throw new Error("The kubeconfig names no current cluster");
    const context = new RequestContext(server, HttpMethod.GET);
    await this.#config.applySecurityAuthentication(context);
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const key = keyOf(options);
    if (this.#dispatcher === undefined || key !== this.#dispatcherKey) {
      const old = this.#dispatcher;
      this.#dispatcher = context.getDispatcher();
      this.#dispatcherKey = key;
      void old?.close().catch(() => {});
    }
    return { server, headers: context.getHeaders(), dispatcher: this.#dispatcher };
  }
}

/** Other certificates need other connections. */
function keyOf({ ca, cert, key }: RequestOptions): string {
  const hash = createHash("sha256");
  for (const part of [ca, cert, key]) hash.update(`${part ?? ""}\n`);
  return hash.digest("hex");
}
