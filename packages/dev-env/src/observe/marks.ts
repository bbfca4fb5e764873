import { hash } from "node:crypto";

/** Shorter than the hashes that stand for senders in limits. */
const HASH_PREFIX = 16;

/** Texts and bytes that must appear nowhere: as they are, encoded, or as a hash that anybody can compute. */
export class Marks {
  readonly #forms = new Map<string, Set<string>>();

  /** @param name what the mark is, for the report */
  add(name: string, ...values: readonly (string | Uint8Array)[]): void {
    const forms = this.#forms.get(name) ?? new Set();
    for (const value of values) for (const form of formsOf(Buffer.from(value))) forms.add(form.toLowerCase());
    this.#forms.set(name, forms);
  }

  /** Which marks the text, or the bytes, have. */
  in(place: string | Uint8Array): string[] {
    const text = latin1(place).toLowerCase();
    const has = ([, forms]: readonly [string, Set<string>]) => [...forms].some((form) => text.includes(form));
    return [...this.#forms].filter(has).map(([name]) => name);
  }
}

function latin1(place: string | Uint8Array): string {
  return (typeof place === "string" ? Buffer.from(place) : Buffer.from(place)).toString("latin1");
}

function formsOf(value: Buffer): string[] {
  const hashes = ["sha1", "sha256", "sha512", "md5"].map((algorithm) => hash(algorithm, value, "buffer"));
  return [
    value.toString("latin1"),
    JSON.stringify(value.toString("utf8")).slice(1, -1),
    encodeURIComponent(value.toString("utf8")),
    ...encoded(value),
    ...hashes.flatMap((bytes) => [bytes.toString("latin1"), ...encoded(bytes)].map(startOf)),
  ];
}

/** Without padding, which may be left out. */
function encoded(bytes: Buffer): string[] {
  return [bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("base64").replace(/=+$/, "")];
}

const startOf = (text: string) => text.slice(0, HASH_PREFIX);
