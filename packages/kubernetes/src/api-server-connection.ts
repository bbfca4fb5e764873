import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";

/** Service account tokens are rotated in their file, and stay valid for minutes after that. */
const CREDENTIALS_TTL_MS = 30_000;

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/** What a request needs to reach the API server. */
interface ApiServerAccess {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
}

/**
 * Reaches the API server as a kubeconfig says. The library creates a connection pool for each request; this class
 * keeps one pool until `reset()` reports its connections dead.
 */
export class ApiServerConnection {
  readonly #config: KubeConfig;
  #access: Promise<ApiServerAccess> | undefined;
  #readAt = 0;
  #dispatcher: Dispatcher | undefined;
  #dispatcherKey = "";

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  access(): Promise<ApiServerAccess> {
    if (this.#access === undefined || performance.now() - this.#readAt > CREDENTIALS_TTL_MS) {
      this.#readAt = performance.now();
      const access = this.#read();
      this.#access = access;
      access.catch(() => {
        if (this.#access === access) this.#access = undefined;
      });
    }
    return this.#access;
  }

  /** Reads the credentials again for the next request: the API server refused them. */
  forgetCredentials(): void {
    this.#access = undefined;
  }

  /**
   * Drops the pool after a request without an answer: its connection may be half-open, and other requests share it.
   * Requests in flight on it fail.
   */
  reset(used: Dispatcher | undefined): void {
    if (used === undefined || used !== this.#dispatcher) return;
    this.#dispatcher = undefined;
    this.#access = undefined;
    void used.destroy().catch(() => {});
  }

  async close(): Promise<void> {
    const used = this.#dispatcher;
    this.#dispatcher = undefined;
    this.#access = undefined;
    await used?.destroy();
  }

  async #read(): Promise<ApiServerAccess> {
    const server = this.#config.getCurrentCluster()?.server.replace(/\/+$/, "");
    if (server === undefined) throw new Error("The kubeconfig has no current cluster");
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

/** New certificates need new connections. */
function keyOf({ ca, cert, key }: RequestOptions): string {
  const hash = createHash("sha256");
  for (const part of [ca, cert, key]) hash.update(`${part ?? ""}\n`);
  return hash.digest("hex");
}
