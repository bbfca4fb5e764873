import type { IncomingMessage } from "node:http";
import {
  createSendMessage,
  type MessageId,
  refuseDuplicateKeys,
  type SealedEnvelope,
  type Sender,
  sealEnvelope,
} from "@dumbwaiter/core";
import { followSend, receivedAt } from "@dumbwaiter/service";
import type { ApiContext } from "../dependencies.ts";
import { readJson } from "../http/json-body.ts";
import type { Answer } from "../http/problem.ts";
import { bearsAccessKey, requireAccessKey } from "../http/require-access-key.ts";
import { requireToken } from "../http/require-token.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";

export const SEND_PATH = "/api/send";

const HTTP = { method: "POST", route: SEND_PATH };

/** Every id is as long as the others. */
const ACCEPTED_BYTES = accepted("00000000-0000-7000-8000-000000000000").length;

/** All at once: each header that is set by itself takes time. */
const ACCEPTED_HEADERS = [
  ...SECURITY_HEADERS,
  ["Content-Type", "application/json"],
  ["Content-Length", String(ACCEPTED_BYTES)],
].flat();

const CREDENTIALS_NEEDED =
  "The header Authorization: Bearer <JWT> is required, or Access-Key with the recipient's access key";

/** `POST /api/send`, with a token or the recipient's access key: responds once the message is durable. */
export function createSend(context: ApiContext) {
  const { metrics, steps } = context;
  const { maxEnvelopeBytes } = context.settings;
  const sendMessage = createSendMessage({ ...context, maxEnvelopeBytes });

  const withToken = requireToken(
    context,
    undefined,
    CREDENTIALS_NEEDED,
  )((request: IncomingMessage, response: Answer, { principal }) =>
    send({ user: principal.user }, request, response),
  );
  const withAccessKey = requireAccessKey(context)((request, response, sender) =>
    send(sender, request, response),
  );
  return (request: IncomingMessage, response: Answer): Promise<void> =>
    bearsAccessKey(request) ? withAccessKey(request, response) : withToken(request, response);

  async function send(sender: Sender, request: IncomingMessage, response: Answer): Promise<void> {
    const envelope = await readEnvelope(request, maxEnvelopeBytes);
    const send = (onId: (id: MessageId) => void) =>
      sendMessage(sender, envelope, {
        idempotencyKey: request.headers["idempotency-key"]?.toString(),
        onId(id) {
          response.locals.messageId = id;
          onId(id);
        },
      });
    const id = await followSend(steps, send, HTTP);
    metrics.accepted.inc();
    metrics.sendSeconds.observe((performance.now() - receivedAt(request)) / 1000);
    response.writeHead(202, ACCEPTED_HEADERS).end(accepted(id));
  }
}

function accepted(id: string): string {
  return `{"id":"${id}"}`;
}

/** Of a send that waits for its message to be durable, only the bytes of the envelope stay in memory. */
async function readEnvelope(request: IncomingMessage, maxBytes: number): Promise<SealedEnvelope> {
  const { value, text } = await readJson(request, maxBytes);
  const envelope = sealEnvelope(value);
  refuseDuplicateKeys(text, value);
  return envelope;
}
