import { text } from "node:stream/consumers";
import { ACCESS_KEY_FORM, parseAccessKey } from "@dumbwaiter/core";
import type { Env } from "@dumbwaiter/service/settings";
import { UsageError } from "./errors.ts";
import { contentOf } from "./files.ts";

/** The recipient's access key, if the message is to be sent with one. @throws UsageError */
export async function accessKeyOf(option: string | undefined, env: Env): Promise<string | undefined> {
  if (option === undefined) return env.DUMBWAITER_ACCESS_KEY ? checked(env.DUMBWAITER_ACCESS_KEY) : undefined;
  if (!option.startsWith("@")) {
    throw new UsageError(
      "Give --access-key as @file: other users of a machine can read a process's arguments",
    );
  }
  return readAccessKey(option.slice(1));
}

/** @throws UsageError */
export async function readAccessKey(file: string): Promise<string> {
  return checked((await contentOf(file)).toString("utf8"));
}

/** @throws UsageError */
export async function pipedAccessKey(stdin: NodeJS.ReadStream): Promise<string> {
  if (stdin.isTTY) throw new UsageError("Name a file with the access key, or pipe it in");
  return checked(await text(stdin));
}

function checked(read: string): string {
  const key = read.trim();
  if (parseAccessKey(key) === undefined) throw new UsageError(`The access key ${ACCESS_KEY_FORM}`);
  return key;
}
