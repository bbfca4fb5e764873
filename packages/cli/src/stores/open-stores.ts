import type { Context } from "../context.ts";
import { CommandError } from "../errors.ts";
import type { Stores } from "./stores.ts";

/** The embedded process's default. */
const DEFAULT_DATA_DIR = "./data";

/**
 * Opens a data directory of the embedded process if one is given or no Google Cloud project is, else Google's stores.
 *
 * @throws ConfigError if a variable is invalid; CommandError if there is nothing to open, or it was stopped
 */
export async function openStores(
  dataDir: string | undefined,
  { env, stop }: Pick<Context, "env" | "stop">,
): Promise<Stores> {
  const directory = dataDir ?? (env.DATA_DIR || undefined);
  if (directory === undefined && env.GOOGLE_CLOUD_PROJECT) {
    const { openGoogleStores } = await import("./google-stores.ts").catch(notInstalled);
    return openGoogleStores(env);
  }
  const { openSqliteStores } = await import("./sqlite-stores.ts");
  const stopped = stop();
  // npx passes on the Ctrl-C that the terminal has sent already: the second must not end the process either.
  stopped.addEventListener("abort", () => stop());
  return openSqliteStores(directory ?? DEFAULT_DATA_DIR, directory === undefined, stopped);
}

/** `npm start` installs only what the embedded process and the other commands run on. */
function notInstalled(cause: NodeJS.ErrnoException): never {
  if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
  throw new CommandError("failed", "Google's clients are not installed: run npm ci", { cause });
}
