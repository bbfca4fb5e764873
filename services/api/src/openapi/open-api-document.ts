import {
  acknowledgementSchema,
  ERROR_CODES,
  type ErrorCode,
  IDEMPOTENCY_KEY_PATTERN,
  secureEnvelopeSchema,
} from "@dumbwaiter/core";
import {
  acceptedSchema,
  answerJsonSchemas,
  messageSchema,
  pageSchema,
  requestJsonSchemas,
} from "@dumbwaiter/service";
import type { ApiSettings } from "../dependencies.ts";
import { operation } from "./open-api-operation.ts";
import * as schemas from "./schemas.ts";

const REQUESTS = {
  SecureEnvelope: secureEnvelopeSchema,
  Acknowledgement: acknowledgementSchema,
  DeviceRegistration: schemas.deviceRegistrationSchema,
  AccessKey: schemas.accessKeySchema,
};

const ANSWERS = {
  SealedEnvelope: secureEnvelopeSchema,
  Accepted: acceptedSchema,
  Message: messageSchema,
  Page: pageSchema,
  Device: schemas.deviceSchema,
  DeviceList: schemas.deviceListSchema,
  AccessKeyState: schemas.accessKeyStateSchema,
  Problem: schemas.problemSchema,
};

const BODY_ERRORS: readonly ErrorCode[] = ["invalid_json", "too_large", "unsupported_media_type"];

/** The OpenAPI 3.1 document, generated from the schemas that validate requests. */
export function openApiDocument({ maxEnvelopeBytes }: ApiSettings) {
  return {
    openapi: "3.1.0",
    info: {
      title: "Dumbwaiter",
      version: "1",
      summary: "Carries sealed messages that it cannot open.",
      description: `${INTRODUCTION}\n\n## Errors\n\n${errorTable()}`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [
      { name: "messages", description: "Send, pull and acknowledge sealed messages" },
      { name: "devices", description: "The devices of the token's user, each with a queue of its own" },
      {
        name: "access key",
        description: "The key that lets others send to the token's user without a token",
      },
    ],
    paths: {
      "/api/send": {
        post: operation("send", "messages", "Send a sealed message", {
          description: `Responds once the message is durable. The body can be at most ${maxEnvelopeBytes} bytes. ${ANONYMOUS}`,
          security: [{ bearer: [] }, { accessKey: [] }],
          parameters: [IDEMPOTENCY_KEY],
          body: { schema: "SecureEnvelope", example: ENVELOPE },
          answer: { status: 202, description: "Durable", schema: "Accepted" },
          errors: [
            ...BODY_ERRORS,
            "invalid_envelope",
            "invalid_idempotency_key",
            "access_key_refused",
            "queue_full",
          ],
        }),
      },
      "/api/messages": {
        get: operation("pull", "messages", "Read the oldest messages of the device's queue", {
          description: "Registers the device if needed. Messages stay queued until they are acknowledged.",
          parameters: [DEVICE_HEADER, { name: "limit", in: "query", schema: limitSchema() }],
          answer: { status: 200, description: "Oldest first, at most 8 MiB", schema: "Page" },
          errors: ["too_many_devices"],
        }),
      },
      "/api/messages/ack": {
        post: operation("acknowledge", "messages", "Acknowledge saved messages, which deletes them", {
          description: "Deletes them for every client of the device. Repeat it as often as you like.",
          parameters: [DEVICE_HEADER],
          body: { schema: "Acknowledgement" },
          answer: { status: 204, description: "The deletion is durable" },
          errors: BODY_ERRORS,
        }),
      },
      "/api/devices": {
        get: operation("listDevices", "devices", "List the user's devices", {
          description: "Without the tokens of their push targets.",
          answer: { status: 200, description: "Ordered by ID", schema: "DeviceList" },
        }),
      },
      "/api/devices/{deviceId}": {
        parameters: [{ ...DEVICE_HEADER, name: "deviceId", in: "path", required: true, description: "" }],
        put: operation("registerDevice", "devices", "Register a device, or set its push target", {
          description:
            "From then on the device gets a copy of each message. Pulling or connecting registers it too.",
          body: { schema: "DeviceRegistration", optional: true },
          answer: { status: 200, description: "Registered", schema: "Device" },
          errors: [...BODY_ERRORS, "too_many_devices"],
        }),
        delete: operation("removeDevice", "devices", "Remove a device with its queue and its sockets", {
          description: "Any token of the user may remove any of the user's devices.",
          answer: { status: 204, description: "Removed" },
          errors: ["not_found"],
        }),
      },
      "/api/user": {
        delete: operation(
          "removeUser",
          "devices",
          "Remove all devices and queues of the user, and the access key",
          {
            description: "Deletes what is queued, and ends the sockets of all devices.",
            answer: { status: 204, description: "Removed" },
          },
        ),
      },
      "/api/user/access-key": {
        put: operation("setAccessKey", "access key", "Set the user's access key, or replace it", {
          description:
            "Whoever has the key can send to the user without a token. A key that was replaced stops working at most 10 seconds later.",
          body: { schema: "AccessKey", example: { accessKey: "pW2Tz8kTn6xkJZ4m7Qh1rQ==" } },
          answer: { status: 204, description: "Set; only its hash is kept" },
          errors: BODY_ERRORS,
        }),
        get: operation("getAccessKey", "access key", "Tell whether the user has an access key", {
          description: "Never returns the key.",
          answer: { status: 200, description: "An access key is set", schema: "AccessKeyState" },
          errors: ["not_found"],
        }),
        delete: operation("removeAccessKey", "access key", "Remove the user's access key", {
          description: "At most 10 seconds later, nobody can send to the user without a token.",
          answer: { status: 204, description: "No access key is set" },
        }),
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        accessKey: {
          type: "apiKey",
          in: "header",
          name: "Access-Key",
          description: "The recipient's access key, in padded base64",
        },
      },
      schemas: { ...requestJsonSchemas(REQUESTS), ...answerJsonSchemas(ANSWERS) },
    },
  };
}

const INTRODUCTION = [
  "The device is the token's `device_id` claim, else the `X-Device-Id` header, else `default`.",
  "",
  "Every error is `application/problem+json` with one of these codes:",
].join("\n");

const ANONYMOUS =
  "To send without saying who you are, send the recipient's access key as `Access-Key` and no `Authorization`; the server keeps no trace of which of the two a message came with.";

const ENVELOPE = {
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
  signature: "CEFG",
};

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A UUIDv7 whose time is within 24 hours of the server time. A retry with the same key and body gets the same ID; another body is another message.",
  // Without a format: for a UUID in a header, openapi-python-client generates code that fails.
  schema: { type: "string", pattern: IDEMPOTENCY_KEY_PATTERN },
};

const DEVICE_HEADER = {
  name: "X-Device-Id",
  in: "header",
  required: false,
  description: "The calling device, if the token does not name one",
  schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" },
};

function limitSchema() {
  return requestJsonSchemas({ query: schemas.pullQuerySchema }).query?.properties?.limit;
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, meaning, action }]) => `| \`${code}\` | ${status} | ${meaning} | ${action} |`,
  );
  return ["| code | status | meaning | what a client does |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}
