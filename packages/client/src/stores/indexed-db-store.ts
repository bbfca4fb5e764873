import type { Mark, Store } from "./store.ts";

const MARKS = "marks";

/** What is used of IndexedDB, whose types only projects for browsers have. */
interface Request<Result> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface ObjectStore {
  getAllKeys(): Request<string[]>;
  getAll(): Request<Mark[]>;
  put(mark: Mark, id: string): unknown;
  delete(id: string): unknown;
}
interface Transaction {
  objectStore(name: string): ObjectStore;
  readonly error: Error | null;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}
interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: "readonly" | "readwrite"): Transaction;
  onversionchange: (() => void) | null;
  onclose: (() => void) | null;
  close(): void;
}
interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}
interface IndexedDb {
  open(name: string, version: number): OpenRequest;
}

/**
 * Keeps the marks in an IndexedDB database of this name, which nothing else uses. Survives a reload and a restart of the
 * browser.
 */
export function indexedDbStore(name: string): Store {
  let opened: Promise<Database> | undefined;

  /** The browser may close it, and a page may delete it. */
  function database(): Promise<Database> {
    opened ??= open(name).then((found) => {
      found.onversionchange = () => {
        opened = undefined;
        found.close();
      };
      found.onclose = () => {
        opened = undefined;
      };
      return found;
    });
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  }

  return {
    /** Message ids begin with the time, so the order of the keys is that of the messages. */
    async read() {
      const store = (await database()).transaction(MARKS, "readonly").objectStore(MARKS);
      const [ids, marks] = await Promise.all([resultOf(store.getAllKeys()), resultOf(store.getAll())]);
      return ids.map((id, index) => [id, marks[index] as Mark] as const);
    },
    async write(changes) {
      const transaction = (await database()).transaction(MARKS, "readwrite");
      const store = transaction.objectStore(MARKS);
      for (const [id, mark] of changes) {
        if (mark === "forgotten") store.delete(id);
        else store.put(mark, id);
      }
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    },
  };
}

async function open(name: string): Promise<Database> {
  const { indexedDB } = globalThis as { indexedDB?: IndexedDb };
  if (!indexedDB) throw new Error("There is no IndexedDB here");
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(MARKS);
  return resultOf(request);
}

function resultOf<Result>(request: Request<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
