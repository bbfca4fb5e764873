/** A message of more bytes takes time by its bytes rather than as one of many. */
const LARGE_BYTES = 64 * 1024;

export function isLarge(message: { readonly length: number }): boolean {
  return message.length > LARGE_BYTES;
}

/** Copies of the large messages of all recipients: what takes a processor less than half of its time. */
export const LARGE_BYTES_PER_SECOND = 64 * 1024 * 1024;
