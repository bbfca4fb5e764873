import type { Env } from "@dumbwaiter/service/settings";
import type { Argv } from "yargs";
import { UsageError } from "./errors.ts";

/** Where `npm start` listens. */
const DEFAULT_URL = "http://127.0.0.1:8080";

export function withUrlOption<T>(command: Argv<T>) {
  return command.option("url", {
    type: "string",
    requiresArg: true,
    describe: `Base URL of the API [DUMBWAITER_URL, or ${DEFAULT_URL}]`,
  });
}

/** @returns the URL without a slash at the end. @throws UsageError */
export function urlOf(option: string | undefined, env: Env): string {
  const url = option ?? (env.DUMBWAITER_URL || DEFAULT_URL);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError(`Not an http(s) URL: ${url}`);
  return url.replace(/\/+$/, "");
}
