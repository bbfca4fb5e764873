import type { WriteStream } from "node:tty";

/** Says on a terminal what happens now, in a line that is replaced. Elsewhere it says nothing. */
export function createProgress(stream: Pick<WriteStream, "isTTY" | "write">) {
  const show = (text: string) => void (stream.isTTY && stream.write(`\r\x1b[K${text}`));
  return { show, clear: () => show("") };
}
