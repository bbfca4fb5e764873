import type { Argv } from "yargs";
import type { Context } from "../context.ts";
import { ownOptionsFirst } from "../option-groups.ts";
import { openStores } from "./open-stores.ts";
import type { Stores } from "./stores.ts";

interface StoreOptions {
  readonly dataDir: string | undefined;
}

/** The option of the commands that read stores. */
export function withStoreOptions<T>(command: Argv<T>) {
  return ownOptionsFirst(command)
    .option("data-dir", {
      type: "string",
      requiresArg: true,
      describe: "Data directory of an embedded process [DATA_DIR, or ./data without GOOGLE_CLOUD_PROJECT]",
    })
    .epilogue(
      "The command reads the stores, not the API: see docs/command-line.md for variables and rights.",
    );
}

/** Opens the stores, and closes them afterwards. A signal while a database is copied leaves no copy. */
export async function withStores<T>(
  { dataDir }: StoreOptions,
  context: Context,
  use: (stores: Stores) => Promise<T>,
): Promise<T> {
  const stores = await openStores(dataDir, context);
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
}
