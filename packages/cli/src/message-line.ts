import type { PulledMessage } from "@dumbwaiter/client";
import { printable } from "./terminal.ts";

/** A message as people read it: the ID, then the envelope. */
export function messageLine({ id, envelope }: PulledMessage): string {
  return printable(`${id}  ${JSON.stringify(envelope)}`);
}

/** A message as programs read it. */
export function messageJson({ id, envelope }: PulledMessage): object {
  return { id, envelope };
}
