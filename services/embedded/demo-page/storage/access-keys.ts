import { newAccessKey } from "@dumbwaiter/client";
import { USERS, type UserName } from "../model.ts";
import { committed, resultOf } from "./open-database.ts";

/** A product would give a user's key to those who may write, sealed in a message. */
export type AllAccessKeys = Readonly<Record<UserName, string>>;

/** The users' access keys: those of this browser, made at its first visit, like the keys that they are kept beside. */
export async function loadAccessKeys(database: IDBDatabase): Promise<AllAccessKeys> {
  const keys = await Promise.all(USERS.map(async (user) => [user, await keyOf(user, database)] as const));
  return Object.fromEntries(keys) as Record<UserName, string>;
}

async function keyOf(user: UserName, database: IDBDatabase): Promise<string> {
  const name = `access key of ${user}`;
  const transaction = database.transaction("keys", "readwrite", { durability: "strict" });
  const store = transaction.objectStore("keys");
  const found: { readonly accessKey: string } | undefined = await resultOf(store.get(name));
  const accessKey = found?.accessKey ?? newAccessKey();
  if (!found) store.put({ user: name, accessKey });
  await committed(transaction);
  return accessKey;
}
