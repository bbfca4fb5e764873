import { acknowledgementSchema, secureEnvelopeSchema } from "@dumbwaiter/core";
import {
  answerJsonSchemas,
  clientErrorSchema,
  closingSchema,
  doneSchema,
  failureSchema,
  messageSchema,
  pulledSchema,
  pullRequestSchema,
  reference,
  requestJsonSchemas,
  sendOptionsSchema,
  sentSchema,
  tokenSchema,
} from "@dumbwaiter/service";
import { SOCKET_EVENTS, type SocketEvent } from "./socket-events.ts";

const REQUESTS = {
  SecureEnvelope: secureEnvelopeSchema,
  SendOptions: sendOptionsSchema,
  Acknowledgement: acknowledgementSchema,
  PullRequest: pullRequestSchema,
  Token: tokenSchema,
};

const ANSWERS = {
  SealedEnvelope: secureEnvelopeSchema,
  Message: messageSchema,
  Closing: closingSchema,
  Done: doneSchema,
  Sent: sentSchema,
  Pulled: pulledSchema,
  ClientError: clientErrorSchema,
  Failure: failureSchema,
};

const CHANNEL = "socket";

const TOKEN = { $ref: "#/components/securitySchemes/token" };
const ACCESS_KEY = { $ref: "#/components/securitySchemes/accessKey" };

const DESCRIPTION = [
  'Any Socket.IO v4 client connects to the path `/socket.io/`, with the option `transports: ["websocket"]` and `auth: {token, deviceId?}`. The device is the token\'s `device_id` claim, else `deviceId`, else `default`.',
  "With `auth: {anonymous: true}` and nothing else, a client connects without saying who it is. It may only emit `send`, each time with the recipient's access key, and receives nothing.",
  "A payload here is the list of an event's arguments. What a client emits is answered through its callback: with the answer below, or with a `Failure`. A refused handshake is a `connect_error` whose `data` is a `ClientError`.",
].join("\n\n");

/** The AsyncAPI 3 document of the Socket.IO API, generated from the schemas that validate its events. */
export function asyncApiDocument() {
  const events = Object.entries(SOCKET_EVENTS);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Dumbwaiter events",
      version: "1",
      description: DESCRIPTION,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      tags: [{ name: "messages", description: "Sealed messages, over Socket.IO" }],
    },
    defaultContentType: "application/json",
    servers: {
      realtime: {
        host: "{host}",
        pathname: "/socket.io/",
        protocol: "wss",
        description: "The service realtime; in the embedded process without TLS",
        security: [TOKEN, ACCESS_KEY],
        variables: { host: { default: "localhost:8080", description: "Where realtime is served" } },
      },
    },
    channels: {
      [CHANNEL]: {
        address: "/socket.io",
        title: "A socket",
        description: "One connection of a device, in the namespace `/`",
        messages: Object.fromEntries(
          [...events.map(([name]) => idOf(name)), ...answerNames()].map((name) => [
            name,
            { $ref: `#/components/messages/${name}` },
          ]),
        ),
      },
    },
    operations: Object.fromEntries(
      events.map(([name, event]) => [event.operationId, operation(name, event)]),
    ),
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "As `auth.token` of the handshake",
        },
        accessKey: {
          type: "apiKey",
          in: "password",
          description:
            "The recipient's, as `accessKey` of each `send`; the `auth` of the handshake is `{anonymous: true}`",
        },
      },
      messages: {
        ...Object.fromEntries(events.map(([name, event]) => [idOf(name), eventMessage(name, event)])),
        ...Object.fromEntries(answerNames().map((name) => [name, answerMessage(name)])),
      },
      schemas: { ...requestJsonSchemas(REQUESTS), ...answerJsonSchemas(ANSWERS) },
    },
  };
}

function operation(name: string, { from, summary, description, answer, isAnonymous }: SocketEvent) {
  const channel = { $ref: `#/channels/${CHANNEL}` };
  const message = (id: string) => ({ $ref: `#/channels/${CHANNEL}/messages/${id}` });
  return {
    action: from === "client" ? "receive" : "send",
    channel,
    title: `\`${name}\``,
    summary,
    description,
    security: isAnonymous ? [TOKEN, ACCESS_KEY] : [TOKEN],
    messages: [message(idOf(name))],
    ...(answer ? { reply: { channel, messages: [message(answer.schema), message("Failure")] } } : {}),
  };
}

function eventMessage(name: string, { summary, args, required, example }: SocketEvent) {
  return {
    name,
    title: name,
    summary,
    payload: {
      type: "array",
      ...(args.length === 0 ? {} : { items: args.map(reference) }),
      minItems: required,
      maxItems: args.length,
    },
    examples: [{ name, payload: example }],
  };
}

function answerMessage(schema: string) {
  const answers = Object.values(SOCKET_EVENTS).flatMap(({ answer }) => answer ?? []);
  const example = answers.find((answer) => answer.schema === schema)?.example ?? FAILURE;
  return {
    name: schema,
    title: schema,
    summary: "An answer, through the callback",
    payload: { type: "array", items: [reference(schema)], minItems: 1, maxItems: 1 },
    examples: [{ name: schema, payload: [example] }],
  };
}

const FAILURE = {
  ok: false,
  error: { code: "rate_limited", message: "Too many calls", retryable: true, retryAfterMs: 800 },
};

function answerNames(): string[] {
  const names = Object.values(SOCKET_EVENTS).flatMap(({ answer }) => answer?.schema ?? []);
  return [...new Set([...names, "Failure"])];
}

/** Keys of AsyncAPI take no colon. */
function idOf(event: string): string {
  return event.replace(":", "-");
}
