import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext } from "@kubernetes/client-node";
import { ApiError, type Status, UnreachableError } from "./api-error.ts";
import type { ApiServerConnection } from "./api-server-connection.ts";
import type { Verb } from "./kube-object.ts";

export interface RequestReport {
  readonly verb: Verb;
  /** Plural name with the subresource: `deployments`, `routingservices/status`. */
  readonly resource: string;
  readonly dryRun: boolean;
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Why there was none. */
  readonly error?: unknown;
  readonly seconds: number;
}

export interface TransportHooks {
  /** Called for every request once the response headers are received or the request failed. */
  readonly onRequest?: (report: RequestReport) => void;
  /** Called for each warning of the API server. */
  readonly onWarning?: (warning: string) => void;
}

export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** From sending the request to the last byte of the response. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

type Response = Awaited<ReturnType<ReturnType<IsomorphicFetchHttpLibrary["send"]>["toPromise"]>>;

const METHODS: Readonly<Record<Verb, HttpMethod>> = {
  get: HttpMethod.GET,
  list: HttpMethod.GET,
  watch: HttpMethod.GET,
  create: HttpMethod.POST,
  update: HttpMethod.PUT,
  patch: HttpMethod.PATCH,
  delete: HttpMethod.DELETE,
};

/** Sends and receives plain JSON: the library's typed serializer loses fields. */
export class Transport {
  readonly #connection: ApiServerConnection;
  readonly #hooks: TransportHooks;
  readonly #http = new IsomorphicFetchHttpLibrary();

  constructor(connection: ApiServerConnection, hooks: TransportHooks) {
    this.#connection = connection;
    this.#hooks = hooks;
  }

  /** @throws ApiError, UnreachableError, or the signal's reason */
  async json(request: ApiRequest): Promise<unknown> {
    return this.#send(request, async (response) => JSON.parse(await response.body.text()));
  }

  /**
   * Passes on each line of a response as it arrives; resolves when the server ends the response.
   *
   * @throws ApiError, UnreachableError (also for a timeout), or the signal's reason
   */
  async lines(request: ApiRequest, onLine: (line: unknown) => void): Promise<void> {
    await this.#send(request, async (response) => {
      const stream = response.body.stream();
      if (stream === null) return;
      const decoder = new TextDecoder();
      let rest = "";
      for await (const chunk of stream) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") onLine(JSON.parse(line));
      }
    });
  }

  async #send<T>(request: ApiRequest, read: (response: Response) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(request, read);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // The token may just have been rotated. A request that was refused with 401 did nothing, so it is safe to repeat.
      this.#connection.forgetCredentials();
      return this.#attempt(request, read);
    }
  }

  async #attempt<T>(request: ApiRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, timeoutMs } = request;
    const timeout = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
    const { server, headers, dispatcher } = await this.#connection.access();
    signal?.throwIfAborted();
    const context = contextOf(request, server, headers);
    if (dispatcher !== undefined) context.setDispatcher(dispatcher);
    context.setSignal(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
    const startedAt = performance.now();
    let response: Response | undefined;
    try {
      response = await this.#http.send(context).toPromise();
      this.#report(request, startedAt, { status: response.httpStatusCode });
      if (response.httpStatusCode >= 400) throw await errorOf(request, response);
      this.#warn(response.headers.warning);
      return await read(response);
    } catch (error) {
      if (response === undefined) this.#report(request, startedAt, { status: undefined, error });
      if (error instanceof ApiError) throw error;
      if (signal?.aborted) throw signal.reason;
      if (timeout.aborted) this.#connection.reset(dispatcher);
      throw new UnreachableError(`${describe(request)}: ${reasonOf(error, timeout, timeoutMs)}`, {
        cause: error,
      });
    }
  }

  #report(
    { verb, resource, query }: ApiRequest,
    startedAt: number,
    outcome: Pick<RequestReport, "status" | "error">,
  ): void {
    const seconds = (performance.now() - startedAt) / 1000;
    this.#hooks.onRequest?.({ verb, resource, dryRun: query?.dryRun !== undefined, ...outcome, seconds });
  }

  #warn(header: string | undefined): void {
    for (const [, text = ""] of (header ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      this.#hooks.onWarning?.(text.replaceAll(/\\(.)/g, "$1"));
    }
  }
}

function contextOf(request: ApiRequest, server: string, headers: Readonly<Record<string, string>>) {
  const context = new RequestContext(server + request.path, METHODS[request.verb]);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) context.setQueryParam(name, String(value));
  }
  for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
  context.setHeaderParam("Accept", request.accept ?? "application/json");
  if (request.body !== undefined) {
    context.setHeaderParam("Content-Type", request.contentType ?? "application/json");
    context.setBody(JSON.stringify(request.body));
  }
  return context;
}

async function errorOf(request: ApiRequest, response: Response): Promise<ApiError> {
  const text = await response.body.text();
  let status: Status = { message: text.slice(0, 500) };
  try {
    status = JSON.parse(text) as Status;
  } catch {
    // An HTML page of a proxy, or plain text of an API server filter.
  }
  const retryAfter = Number(response.headers["retry-after"]);
  const details = { ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}), ...status.details };
  return new ApiError(response.httpStatusCode, { ...status, details }, describe(request));
}

function describe({ verb, path }: ApiRequest): string {
  return `${verb} ${path}`;
}

function reasonOf(error: unknown, timeout: AbortSignal, timeoutMs: number): string {
  if (timeout.aborted) return `no response within ${timeoutMs} ms`;
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`
    : message;
}
