import { hash } from "node:crypto";
import type { RedisCommands } from "./redis-commands.ts";

/** A script that Redis caches by its digest. All keys of one call must be in one slot. */
export class LuaScript {
  readonly #source: string;
  readonly #digest: string;

  constructor(source: string) {
    this.#source = source;
    this.#digest = hash("sha1", source);
  }

  async run(commands: RedisCommands, keys: readonly string[], args: readonly number[]): Promise<unknown> {
    try {
      return await commands.run("evalsha", this.#digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return await commands.run("eval", this.#source, keys.length, ...keys, ...args);
    }
  }
}
