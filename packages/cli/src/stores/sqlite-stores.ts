import { openSqliteSnapshot } from "@dumbwaiter/sqlite";
import { CommandError } from "../errors.ts";
import type { Stores } from "./stores.ts";

/**
 * The database of an embedded process, as it is now.
 *
 * @param isGuess nobody named the directory
 * @param stopped ends the copying, and leaves no copy
 */
export async function openSqliteStores(
  dataDir: string,
  isGuess: boolean,
  stopped: AbortSignal,
): Promise<Stores> {
  const snapshot = await openSqliteSnapshot(dataDir, stopped).catch((error: Error) => {
    if (stopped.aborted) throw new CommandError("failed", "Stopped", { cause: error });
    const hint = isGuess ? ". Name another with --data-dir, or a project with GOOGLE_CLOUD_PROJECT" : "";
    throw new CommandError("usage", `${error.message}${hint}`, { cause: error });
  });
  return {
    devicesOf: async (user) => snapshot.devicesOf(user),
    copies: snapshot.copies,
    isOnIngress: (id) => snapshot.ingressAttemptsOf(id) !== undefined,
    async listLetters(show) {
      for (const { attributes, ...letter } of snapshot.deadLetters())
        show({ ...letter, messageId: attributes.id });
    },
    async replay() {
      throw new CommandError("usage", "The dead letters of the embedded process cannot be replayed");
    },
    close: () => snapshot.close(),
  };
}
