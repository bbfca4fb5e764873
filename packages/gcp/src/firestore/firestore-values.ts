import type { StoreMoment } from "@dumbwaiter/core";
import { secondsOf, wholeMs } from "../whole-ms.ts";
import type { Document, Timestamp, Value } from "./firestore-database.ts";

/** @param ms since the epoch */
export function timestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

export function timestampMs(value: Value | undefined): number {
  const { seconds, nanos } = value?.timestampValue ?? {};
  return secondsOf(seconds) * 1000 + (nanos ?? 0) / 1e6;
}

/** Whole milliseconds, rounded down: more precise than `storedAt` it would not be a moment of the messages. */
export function momentOf(time: Timestamp): StoreMoment {
  return String(wholeMs(time)) as StoreMoment;
}

/** No field has the name of an object's own property, such as `__proto__`. */
export function mapValue(fields: Iterable<readonly [string, Value]>): Value {
  return { mapValue: { fields: Object.fromEntries(fields) } };
}

export function fieldsOf(value: Value | undefined): Map<string, Value> {
  return new Map(Object.entries(value?.mapValue?.fields ?? {}));
}

export function bytesOf(document: Document, field: string): Buffer {
  const bytes = document.fields?.[field]?.bytesValue ?? "";
  if (typeof bytes === "string") return Buffer.from(bytes, "base64");
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
}

/** The last part of a document's name. */
export function idOf(document: Document): string {
  const name = document.name ?? "";
  return name.slice(name.lastIndexOf("/") + 1);
}
