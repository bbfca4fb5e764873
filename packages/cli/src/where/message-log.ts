import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { MessageId } from "@dumbwaiter/core";
import { CommandError } from "../errors.ts";

/** A line of a service's log about the message. */
export interface LoggedStep {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  /** Such as `message acknowledged`. */
  readonly message: string;
  readonly device?: string;
  readonly code?: string;
  readonly from?: string;
  /** Of `message stored`: the devices of that time, with their queues. */
  readonly queues?: readonly { readonly device: string; readonly queue: string }[];
}

/**
 * What JSON lines of the services say about the message, oldest first. Other lines are skipped.
 *
 * @param file `-` for standard input
 * @throws CommandError `usage` if the file cannot be read
 */
export async function readLog(file: string, id: MessageId, stdin: Readable): Promise<LoggedStep[]> {
  const input = file === "-" ? stdin : createReadStream(file);
  const steps: LoggedStep[] = [];
  try {
    for await (const line of createInterface({ input })) {
      const step = line.includes(id) ? parseLine(line, id) : undefined;
      if (step !== undefined) steps.push(step);
    }
  } catch (cause) {
    throw new CommandError("usage", `Cannot read the log: ${(cause as Error).message}`, { cause });
  }
  return steps.sort((one, other) => one.at - other.at);
}

/** kubectl may have written the pod's name before the object. */
function parseLine(line: string, id: MessageId): LoggedStep | undefined {
  try {
    const fields = JSON.parse(line.slice(line.indexOf("{")));
    const message = fields.msg ?? fields.message;
    const at = Date.parse(fields.time);
    if (fields.id !== id || typeof message !== "string" || Number.isNaN(at)) return undefined;
    const { device, code, from, queues } = fields;
    return { at, service: String(fields.service), message, device, code, from, queues };
  } catch {
    return undefined;
  }
}
