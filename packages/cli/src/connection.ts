import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ConnectOptions, HttpClient, TokenFunction } from "@dumbwaiter/client";
import type { Env } from "@dumbwaiter/service/settings";
import type { Argv } from "yargs";
import { UsageError } from "./errors.ts";
import { ownOptionsFirst } from "./option-groups.ts";

const run = promisify(execFile);

/** Where `npm start` listens. */
const DEFAULT_URL = "http://127.0.0.1:8080";

const DEFAULT_TIMEOUT_SECONDS = 30;

/** Heading of these options in the help. */
export const CONNECTION = "Connection:";

export interface ApiOptions {
  readonly url: string | undefined;
  readonly device: string | undefined;
  readonly tokenCommand: string | undefined;
}

/** The options of all commands that call the API. */
export function withApiOptions<T>(command: Argv<T>) {
  return withUrlOption(command)
    .option("device", {
      group: CONNECTION,
      type: "string",
      requiresArg: true,
      describe: "Device that pulls and acknowledges [DUMBWAITER_DEVICE, or the token's, or default]",
    })
    .option("token-command", {
      group: CONNECTION,
      type: "string",
      requiresArg: true,
      describe:
        "Shell command that prints a fresh token [DUMBWAITER_TOKEN_COMMAND, or DUMBWAITER_TOKEN is used]",
    });
}

export function withUrlOption<T>(command: Argv<T>) {
  return ownOptionsFirst(command).option("url", {
    group: CONNECTION,
    type: "string",
    requiresArg: true,
    describe: `Base URL of the API [DUMBWAITER_URL, or ${DEFAULT_URL}]`,
  });
}

export function withTimeoutOption<T>(command: Argv<T>) {
  return command.option("timeout", {
    group: CONNECTION,
    type: "number",
    requiresArg: true,
    default: DEFAULT_TIMEOUT_SECONDS,
    coerce(seconds: number) {
      if (seconds >= 0) return seconds;
      throw new UsageError("--timeout must be a number of seconds");
    },
    describe: "Seconds during which a call is tried again",
  });
}

export function withRealtimeUrlOption<T>(command: Argv<T>) {
  return command.option("realtime-url", {
    group: CONNECTION,
    type: "string",
    requiresArg: true,
    describe: "Base URL of realtime, if it is not the API's [DUMBWAITER_REALTIME_URL]",
  });
}

/** @returns the URL without a slash at the end. @throws UsageError */
export function urlOf(option: string | undefined, env: Env): string {
  const url = option ?? (env.DUMBWAITER_URL || DEFAULT_URL);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError(`Not an http(s) URL: ${url}`);
  return url.replace(/\/+$/, "");
}

/** Of realtime. @param url of the API. @throws UsageError */
export function realtimeUrlOf(option: string | undefined, url: string, env: Env): string {
  return urlOf(option ?? (env.DUMBWAITER_REALTIME_URL || url), env);
}

/** What the SDK takes. @throws UsageError */
export function connectionOf({ url, device, tokenCommand }: ApiOptions, env: Env): ConnectOptions {
  const deviceId = device ?? (env.DUMBWAITER_DEVICE || undefined);
  const base = { url: urlOf(url, env), token: tokenFunction(tokenCommand, env) };
  return deviceId === undefined ? base : { ...base, deviceId };
}

/** For sends with an access key alone: it has no token that it could bear. @throws UsageError */
export async function anonymousClient(
  options: Pick<ApiOptions, "url" | "tokenCommand"> & { readonly realtimeUrl: string | undefined },
  env: Env,
): Promise<HttpClient> {
  if (options.tokenCommand !== undefined) {
    throw new UsageError("A message is sent with an access key or with a token, not with both");
  }
  const url = urlOf(options.url, env);
  const realtimeUrl = realtimeUrlOf(options.realtimeUrl, url, env);
  const { createHttpClient, DumbwaiterError } = await import("@dumbwaiter/client");
  const client = createHttpClient({ url, realtimeUrl });
  return {
    ...client,
    async send(...args) {
      try {
        return await client.send(...args);
      } catch (error) {
        if (!(error instanceof DumbwaiterError && /^(network|timeout)$/.test(error.code))) throw error;
        const elsewhere = "if realtime is elsewhere, set DUMBWAITER_REALTIME_URL or --realtime-url";
        throw new DumbwaiterError(error.code, `${error.message}: ${realtimeUrl} (${elsewhere})`, {
          cause: error,
        });
      }
    },
  };
}

/** The API without a connection. @throws UsageError */
export async function httpClient(options: ApiOptions, env: Env): Promise<HttpClient> {
  const connection = connectionOf(options, env);
  const { createHttpClient } = await import("@dumbwaiter/client");
  return createHttpClient(connection);
}

function tokenFunction(option: string | undefined, env: Env): TokenFunction {
  const command = option ?? (env.DUMBWAITER_TOKEN_COMMAND || undefined);
  const token = env.DUMBWAITER_TOKEN?.trim();
  if (command !== undefined) return () => tokenOf(command);
  if (token) return () => token;
  throw new UsageError(
    "Set DUMBWAITER_TOKEN to a token, such as one of `dumbwaiter token bob`. Only `send --access-key` needs none",
  );
}

async function tokenOf(command: string): Promise<string> {
  const { DumbwaiterError } = await import("@dumbwaiter/client");
  const shell = process.platform === "win32" ? ["cmd", "/c"] : ["sh", "-c"];
  try {
    const { stdout } = await run(shell[0] as string, [shell[1] as string, command]);
    return stdout.trim();
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr).trim();
    throw new DumbwaiterError("token_failed", `The token command failed: ${reason}`, { retryable: false });
  }
}
