import { randomBytes } from "node:crypto";
import type { MarkedCaller } from "@dumbwaiter/dev-env/observe/marked-caller";
import { newEnvelope, type WireUser } from "@dumbwaiter/wire-user";

/** Events of a socket that are refused, with marks where the refusal might quote them. */
export function refusedEvents(
  caller: MarkedCaller,
  to: WireUser,
  options: Readonly<Record<string, unknown>>,
): readonly (readonly [code: string, event: string, ...args: readonly unknown[]])[] {
  const envelope = newEnvelope(to);
  return [
    [
      "invalid_envelope",
      "send",
      { ...envelope, [caller.mark("event-field")]: caller.mark("event") },
      options,
    ],
    ["invalid_envelope", "send", { ...envelope, recipientId: caller.mark("event-recipient") }, options],
    [
      "invalid_request",
      "send",
      envelope,
      { ...options, [caller.mark("option")]: caller.mark("option-value") },
    ],
    ["invalid_idempotency_key", "send", envelope, { ...options, idempotencyKey: caller.mark("event-key") }],
    ["too_large", "send", newEnvelope(to, 60 * 1024), options],
    ["invalid_request", caller.mark("event-name"), caller.mark("argument")],
    ["invalid_request", "ack", { messageIds: [caller.mark("message-id")] }],
    ...(options.accessKey === undefined ? [] : refusedKeys(caller, to)),
  ];
}

function refusedKeys(caller: MarkedCaller, to: WireUser) {
  const key = randomBytes(32);
  caller.marks.add("key of another", key, key.toString("base64"));
  return [
    ["access_key_refused", "send", newEnvelope(to), { accessKey: key.toString("base64") }],
    ["invalid_request", "send", newEnvelope(to), { accessKey: caller.mark("no-key") }],
    ["invalid_request", "send", newEnvelope(to)],
  ] as const;
}

/** What a socket may not say about itself. */
export function refusedHandshakes(caller: MarkedCaller): readonly Record<string, unknown>[] {
  return [
    { anonymous: true, token: caller.mark("handshake-token") },
    { anonymous: true, [caller.mark("handshake-field")]: 1 },
    { anonymous: caller.mark("handshake-anonymous") },
    { token: caller.mark("bad-token") },
  ];
}
