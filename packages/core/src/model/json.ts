import { InvalidRequestError } from "./errors.ts";

/** Keeps a byte order mark, which JSON.parse then refuses: it would remain in the bytes that are forwarded. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses a body strictly: UTF-8, JSON.
 *
 * @throws InvalidRequestError `invalid_json`
 */
export function parseJson(bytes: Uint8Array): { readonly value: unknown; readonly text: string } {
  try {
    const text = utf8.decode(bytes);
    return { value: JSON.parse(text), text };
  } catch (cause) {
    throw new InvalidRequestError("invalid_json", "The body is not valid JSON in UTF-8", undefined, {
      cause,
    });
  }
}

/**
 * Refuses a text in which an object has a key twice. JSON.parse silently drops all but the last, so the text then
 * contains more strings than the parsed value.
 *
 * @param value what JSON.parse made of `text`, already known to be shallow
 * @throws InvalidRequestError `invalid_json`
 */
export function refuseDuplicateKeys(text: string, value: unknown): void {
  if (countStringTokens(text) !== countStrings(value)) {
    throw new InvalidRequestError("invalid_json", "The body names a key twice");
  }
}

function countStringTokens(text: string): number {
  let tokens = 0;
  for (let open = text.indexOf('"'); open !== -1; tokens += 1) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    open = text.indexOf('"', close + 1);
  }
  return tokens;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

function countStrings(value: unknown): number {
  if (typeof value === "string") return 1;
  if (typeof value !== "object" || value === null) return 0;
  const members = Object.values(value);
  const keys = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((sum, member) => sum + countStrings(member), keys);
}
