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
 * Refuses a text in which an object has a duplicate key.
 *
 * @param value what JSON.parse made of `text`
 * @throws InvalidRequestError `invalid_json`
 */
export function refuseDuplicateKeys(text: string, value: unknown): void {
  if (hasDuplicateKey(text, value)) throw duplicateKey();
}

/** JSON.parse silently drops all but the last of equal keys, so the text then has more strings than the value. */
export function hasDuplicateKey(text: string, value: unknown): boolean {
  return countStringTokens(text) !== countStrings(value);
}

export function duplicateKey(): InvalidRequestError {
  return new InvalidRequestError("invalid_json", "The body contains a duplicate key");
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

/** Keys and strings, without recursion: the value may be as deep as its text is long. */
function countStrings(value: unknown): number {
  const left = [value];
  let strings = 0;
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string") strings += 1;
    if (typeof next !== "object" || next === null) continue;
    const members = Object.values(next);
    if (!Array.isArray(next)) strings += members.length;
    for (const member of members) left.push(member);
  }
  return strings;
}
