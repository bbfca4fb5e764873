import { acknowledgementSchema, ERROR_CODES, type ErrorCode, secureEnvelopeSchema } from "@dumbwaiter/core";
import { z } from "zod";
import type { ApiSettings } from "../dependencies.ts";
import { operation, reference } from "./open-api-operation.ts";
import * as schemas from "./schemas.ts";

const COMPONENTS = {
  SecureEnvelope: secureEnvelopeSchema,
  Accepted: schemas.acceptedSchema,
  Message: schemas.messageSchema,
  Page: schemas.pageSchema,
  Acknowledgement: acknowledgementSchema,
  DeviceRegistration: schemas.deviceRegistrationSchema,
  Device: schemas.deviceSchema,
  DeviceList: schemas.deviceListSchema,
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
      description: `${INTRODUCTION}\n\n${errorTable()}`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [{ name: "messages" }, { name: "devices" }],
    paths: {
      "/api/send": {
        post: operation("send", "messages", "Send a sealed message", {
          description: `Responds once the message is durable. The body can be at most ${maxEnvelopeBytes} bytes.`,
          parameters: [IDEMPOTENCY_KEY],
          body: { schema: "SecureEnvelope", example: ENVELOPE },
          answer: { status: 202, description: "Durable", schema: "Accepted" },
          errors: [...BODY_ERRORS, "invalid_envelope", "invalid_idempotency_key", "queue_full"],
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
          parameters: [DEVICE_HEADER],
          body: { schema: "Acknowledgement" },
          answer: { status: 204, description: "The deletion is durable" },
          errors: BODY_ERRORS,
        }),
      },
      "/api/devices": {
        get: operation("listDevices", "devices", "List the user's devices", {
          answer: { status: 200, description: "Ordered by ID", schema: "DeviceList" },
        }),
      },
      "/api/devices/{deviceId}": {
        parameters: [{ ...DEVICE_HEADER, name: "deviceId", in: "path", required: true, description: "" }],
        put: operation("registerDevice", "devices", "Register a device, or set its push target", {
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
        delete: operation("removeUser", "devices", "Remove all devices and queues of the user", {
          answer: { status: 204, description: "Removed" },
        }),
      },
    },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: componentSchemas(),
    },
  };
}

const INTRODUCTION = [
  "The device is the token's `device_id` claim, else the `X-Device-Id` header, else `default`.",
  "",
  "Every error is `application/problem+json` with one of these codes:",
].join("\n");

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
  schema: { type: "string", format: "uuid" },
};

const DEVICE_HEADER = {
  name: "X-Device-Id",
  in: "header",
  required: false,
  description: "The calling device, if the token does not name one",
  schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" },
};

function componentSchemas() {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => reference(id).$ref,
    override: withoutSafeIntegerBounds,
  });
  for (const schema of Object.values(made)) {
    delete schema.$id;
    delete schema.$schema;
  }
  return made;
}

function limitSchema() {
  return z.toJSONSchema(schemas.pullQuerySchema, { io: "input", override: withoutSafeIntegerBounds })
    .properties?.limit;
}

/** zod adds JavaScript's bounds to every integer, which are of no use to readers. */
function withoutSafeIntegerBounds({
  jsonSchema: schema,
}: {
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`,
  );
  return ["| code | status | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}
