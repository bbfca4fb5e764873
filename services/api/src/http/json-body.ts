import type { IncomingMessage } from "node:http";
import { MIMEType } from "node:util";
import {
  DumbwaiterError,
  InvalidRequestError,
  invalidRequest,
  parseJson,
  refuseDuplicateKeys,
} from "@dumbwaiter/core";
import getRawBody from "raw-body";
import type { z } from "zod";

/** Limit of every body except an envelope: 500 ids in any formatting, or a push token, fit well. */
const MAX_SMALL_BODY_BYTES = 64 * 1024;

/**
 * Reads a JSON body of at most `maxBytes`.
 *
 * @throws DumbwaiterError `unsupported_media_type` or `too_large`
 * @throws InvalidRequestError `invalid_json`, or `invalid_request` when the body is incomplete
 */
export async function readJson(request: IncomingMessage, maxBytes: number) {
  refuseOtherMedia(request);
  return parseJson(await readBody(request, maxBytes));
}

/**
 * Reads a small JSON body and validates it.
 *
 * @throws what {@link readJson} throws, and InvalidRequestError `invalid_request` with the path of the wrong field
 */
export async function readAs<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { value, text } = await readJson(request, MAX_SMALL_BODY_BYTES);
  const result = schema.safeParse(value, { error: typeNeeded });
  if (!result.success) throw invalidRequest(result.error, "the body");
  refuseDuplicateKeys(text, value);
  return result.data;
}

/** In our words, and without what is there instead. */
function typeNeeded({ code, input, expected }: z.core.$ZodRawIssue): string | undefined {
  if (code !== "invalid_type") return undefined;
  return input === undefined ? "is required" : `must be of the type ${expected}`;
}

/** Whether the request has a body, even an empty chunked one. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function refuseOtherMedia({ headers }: IncomingMessage): void {
  if (!isJson(headers["content-type"])) {
    throw new DumbwaiterError("unsupported_media_type", "The body must be application/json in UTF-8");
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new DumbwaiterError("unsupported_media_type", "The body must not be compressed");
  }
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === "application/json") return contentType !== undefined;
  try {
    const { essence, params } = new MIMEType(contentType);
    return essence === "application/json" && (params.get("charset") ?? "utf-8").toLowerCase() === "utf-8";
  } catch {
    return false;
  }
}

/**
 * Express's own parsers answer a body that is too large only once all of it has arrived. `raw-body`, beneath them,
 * rejects as soon as the limit is passed and leaves the rest unread.
 */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (request.destroyed) throw incomplete();
  try {
    return await getRawBody(request, { length: request.headers["content-length"] ?? null, limit: maxBytes });
  } catch (error) {
    const { type } = error as getRawBody.RawBodyError;
    if (type === "entity.too.large") {
      throw new DumbwaiterError("too_large", `The body exceeds the limit of ${maxBytes} bytes`);
    }
    if (type === "request.aborted" || type === "request.size.invalid") throw incomplete();
    throw error;
  }
}

function incomplete(): InvalidRequestError {
  return new InvalidRequestError("invalid_request", "The request body is incomplete");
}
