import { traceIdOf, userUrn } from "@dumbwaiter/core";
import { letterJson } from "../commands/dead-letters.ts";
import { isoTime, printable } from "../terminal.ts";
import type { LoggedStep } from "./message-log.ts";
import type { QueueEnd, QueueState } from "./queue-ends.ts";
import type { MessageState, Whereabouts } from "./where-is.ts";

const MEANING: Record<MessageState, string> = {
  queued: "stored, and not acknowledged by every device: delivered or not, it stays until it is",
  accepted: "accepted, and waiting on the ingress for the processor",
  "dead-letter": "given up on: fix the cause, then replay it",
  ended: "in no store any more, as the log tells",
  gone: "in no store: acknowledged, expired, ephemeral, or never accepted",
};

/** What people read: a line for each place. */
export function whereText(found: Whereabouts): string {
  const { state, user, id, queues, isOnIngress, letters, lettersProblem, steps = [] } = found;
  const meaning =
    state === "gone" && isOnIngress === undefined
      ? `${MEANING.gone}, unless it is on the ingress`
      : MEANING[state];
  const rows = [
    ["message", `${id} to ${userUrn(user)}`],
    ["state", `${state}: ${meaning}`],
    ["accepted", `${isoTime(timeOf(id))} by its ID, which has the time of the sender's key if it used one`],
    ["trace", traceIdOf(id)],
    ["ingress", ingressText(isOnIngress)],
    ...queues.map((queue) => [placeOf(queue), queueText(queue)]),
    ...(letters ?? []).map(({ letterId, givenUpAt, code, reason }) => [
      "dead letter",
      printable(`${letterId} ${isoTime(givenUpAt)} ${code}: ${reason}`),
    ]),
    ...(letters?.length === 0 ? [["dead letters", "none has this ID"]] : []),
    ...(lettersProblem === undefined ? [] : [["dead letters", `cannot be read: ${lettersProblem}`]]),
    ...steps.map((step) => ["log", printable(stepText(step))]),
  ];
  const width = Math.max(...rows.map(([place = ""]) => place.length));
  return rows.map(([place = "", text]) => `${place.padEnd(width)}  ${text}`).join("\n");
}

/** What programs read. */
export function whereJson({
  state,
  user,
  id,
  queues,
  isOnIngress,
  letters,
  lettersProblem,
  steps,
}: Whereabouts): object {
  return {
    id,
    user: userUrn(user),
    state,
    idTime: isoTime(timeOf(id)),
    traceId: traceIdOf(id),
    ingress: isOnIngress === undefined ? "unknown" : isOnIngress ? "waiting" : "absent",
    queues: queues.map(({ device = null, queue, storedAt, end, endedAt, expiry }) => ({
      device,
      queue,
      storedAt: storedAt === undefined ? null : isoTime(storedAt),
      ...(end === undefined ? {} : { end }),
      ...(endedAt === undefined ? {} : { endedAt: isoTime(endedAt) }),
      ...(expiry === undefined ? {} : { expiry: isoTime(expiry) }),
    })),
    deadLetters: letters?.map(letterJson) ?? null,
    ...(lettersProblem === undefined ? {} : { deadLettersProblem: lettersProblem }),
    ...(steps === undefined ? {} : { log: steps.map(({ at, ...step }) => ({ time: isoTime(at), ...step })) }),
  };
}

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}

function ingressText(isOnIngress: boolean | undefined): string {
  if (isOnIngress === undefined)
    return "unknown: reading Pub/Sub's subscription would take it from the processors";
  return isOnIngress ? "it waits here" : "not here";
}

function placeOf({ device }: QueueState): string {
  return device === undefined ? "no device" : `device ${device}`;
}

const END: Record<QueueEnd, string> = {
  acknowledged: "acknowledged",
  "device-removed": "not acknowledged: the device was removed, and its queue with it",
};

function stepText({ at, service, message, device, from, code }: LoggedStep): string {
  const by = device === undefined ? "" : ` (device ${device}${from === undefined ? "" : `, ${from}`})`;
  return `${isoTime(at)} ${service}: ${message}${by}${code === undefined ? "" : `: ${code}`}`;
}

function queueText({ device, storedAt, end, endedAt, expiry }: QueueState): string {
  if (end !== undefined) return `${END[end]}${endedAt === undefined ? "" : ` at ${isoTime(endedAt)}`}`;
  if (expiry !== undefined) return `not acknowledged in this log; would have expired on ${isoTime(expiry)}`;
  if (storedAt !== undefined) return `queued since ${isoTime(storedAt)}, not acknowledged`;
  if (device === undefined) return "the user has no device, and nothing is queued for the first";
  return "not queued: acknowledged, expired, or registered after the message was stored";
}
