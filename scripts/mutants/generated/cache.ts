import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What earlier runs found, in a file, by a hash of what it depends on. */
export class Cache {
  readonly #path: string;
  readonly #known: Record<string, unknown>;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#known = JSON.parse(readFileSync(path, "utf8"));
    } catch {
      this.#known = {};
    }
  }

  get<Value>(key: string): Value | undefined {
    return this.#known[key] as Value | undefined;
  }

  set(key: string, value: unknown): void {
    this.#known[key] = value;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify(this.#known, null, 1));
  }
}

export function hashOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}\n${text}`);
  return hash.digest("hex").slice(0, 24);
}
