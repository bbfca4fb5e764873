import { USERS, type UserName } from "../model.ts";
import { newUserKeys, type UserKeys } from "../sealing/key-pairs.ts";
import { committed, resultOf } from "./open-database.ts";

export type AllKeys = Readonly<Record<UserName, UserKeys>>;

/** The users' keys: those of this browser, made at its first visit. Two tabs that call it at once get the same. */
export async function loadKeys(database: IDBDatabase): Promise<AllKeys> {
  const keys = await Promise.all(USERS.map(async (user) => [user, await keysOf(user, database)] as const));
  return Object.fromEntries(keys) as Record<UserName, UserKeys>;
}

async function keysOf(user: UserName, database: IDBDatabase): Promise<UserKeys> {
  const found: UserKeys | undefined = await resultOf(
    database.transaction("keys").objectStore("keys").get(user),
  );
  if (found) return found;
  const made = await newUserKeys(user);
  const transaction = database.transaction("keys", "readwrite", { durability: "strict" });
  const store = transaction.objectStore("keys");
  const others: UserKeys | undefined = await resultOf(store.get(user));
  if (!others) store.put(made);
  await committed(transaction);
  return others ?? made;
}
