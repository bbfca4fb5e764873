const NAME = "dumbwaiter-demo";
const VERSION = 1;

/** Opens the page's database, which all tabs share. */
export async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore("keys", { keyPath: "user" });
    database.createObjectStore("offline", { keyPath: "place" });
    const messages = database.createObjectStore("messages", { keyPath: ["place", "key"] });
    messages.createIndex("in order", ["place", "at"]);
    messages.createIndex("by direction", ["place", "direction"]);
    messages.createIndex("by state", ["place", "state"]);
  };
  return resultOf(request);
}

export function resultOf<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves once what was written is durable. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
