import { hasDuplicateKey } from "@dumbwaiter/core";
import { Decoder } from "socket.io-parser";

/** Arguments of events, and `auth` objects, that came in a packet that contains a duplicate key. */
const ambiguous = new WeakSet<object>();

/** Reads the JSON of a packet; TypeScript takes it for private. */
interface JsonReader {
  tryParse(text: string): unknown;
}

/**
 * Socket.IO's own decoder, which hands over parsed values alone. It remembers the values from packets that contain a
 * duplicate key, so that they are refused as over HTTP.
 */
export class StrictDecoder extends Decoder {}

const { tryParse } = Decoder.prototype as unknown as JsonReader;

// On the prototype: there is a decoder for each connection.
Object.assign(StrictDecoder.prototype, {
  tryParse(this: JsonReader, text: string): unknown {
    const value = tryParse.call(this, text);
    if (hasDuplicateKey(text, value)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (typeof each === "object" && each !== null) ambiguous.add(each);
      }
    }
    return value;
  },
});

/** Whether a value, an argument or an `auth` object, came in a packet that contains a duplicate key. */
export function isAmbiguous(value: unknown): boolean {
  return typeof value === "object" && value !== null && ambiguous.has(value);
}
