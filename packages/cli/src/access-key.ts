import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { ACCESS_KEY_FORM, parseAccessKey } from "@dumbwaiter/core";
import type { Env } from "@dumbwaiter/service/settings";
import { UsageError } from "./errors.ts";

/** The recipient's access key, if the message is to be sent with one. @throws UsageError */
export async function accessKeyOf(option: string | undefined, env: Env): Promise<string | undefined> {
  if (option === undefined) return keyOfVariable(env.DUMBWAITER_ACCESS_KEY);
  if (!option.startsWith("@")) {
    throw new UsageError(
      "Give --access-key as @file: other users of a machine can read a process's arguments",
    );
  }
  return readAccessKey(option, "Give --access-key as @file");
}

/** @param file with or without `@`. @throws UsageError, which does not show the name: it may be a key */
export async function readAccessKey(file: string, advice: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(file.replace(/^@/, ""), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`The file with the access key cannot be read (${code}). ${advice}`);
  }
  return checked(content);
}

/** @throws UsageError */
export async function pipedAccessKey(stdin: NodeJS.ReadStream): Promise<string> {
  if (stdin.isTTY) throw new UsageError("Name a file with the access key, or pipe it in");
  return checked(await text(stdin));
}

/** @param error what yargs found wrong, which may name a key that was an argument */
export function withoutAccessKeys(error: string): string {
  return error.replaceAll(/[A-Za-z0-9+/]{22,}={0,2}/g, (word) => (parseAccessKey(word) ? "(a key)" : word));
}

/** If it is set and empty, somebody wanted a key: the message must not say who sends it. */
function keyOfVariable(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.startsWith("@")) {
    throw new UsageError(
      "DUMBWAITER_ACCESS_KEY must be the access key itself: only --access-key takes @file",
    );
  }
  return checked(value, "DUMBWAITER_ACCESS_KEY");
}

function checked(read: string, name = "The access key"): string {
  const key = read.trim();
  if (parseAccessKey(key) === undefined) throw new UsageError(`${name} ${ACCESS_KEY_FORM}`);
  return key;
}
