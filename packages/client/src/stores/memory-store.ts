import type { Mark, Store } from "./store.ts";

/** Lives as long as the client. Messages that the server has not deleted by then are handed over again by the next. */
export function memoryStore(): Store {
  const marks = new Map<string, Mark>();
  return {
    read: async () => [...marks],
    async write(changes) {
      for (const [id, mark] of changes) {
        if (mark === "forgotten") marks.delete(id);
        else marks.set(id, mark);
      }
    },
  };
}
