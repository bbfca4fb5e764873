import { DumbwaiterError, ERROR_CODES, type ErrorCode } from "@dumbwaiter/core";
import { reference, toProblem } from "@dumbwaiter/service";

const COMMON_ERRORS: readonly ErrorCode[] = [
  "invalid_request",
  "unauthenticated",
  "token_expired",
  "device_mismatch",
  "origin_refused",
  "rate_limited",
  "internal",
  "unavailable",
];

interface OperationParts {
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly body?: { readonly schema: string; readonly example?: object; readonly optional?: boolean };
  readonly answer: { readonly status: number; readonly description: string; readonly schema?: string };
  readonly errors?: readonly ErrorCode[];
  /** One of these suffices; a token by default. */
  readonly security?: readonly object[];
}

/** One operation, with a response for each status that it may return. */
export function operation(operationId: string, tag: string, summary: string, parts: OperationParts) {
  const { description, parameters, body, answer, errors = [], security } = parts;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(security === undefined ? {} : { security }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: !body.optional, content: content(body) } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.schema === undefined ? {} : { content: content({ schema: answer.schema }) }),
      },
      ...problemResponses([...COMMON_ERRORS, ...errors]),
    },
  };
}

function content({ schema, example }: { readonly schema: string; readonly example?: object }) {
  return {
    "application/json": { schema: reference(schema), ...(example === undefined ? {} : { example }) },
  };
}

/** One response per status, which lists the codes that it may carry. */
function problemResponses(codes: readonly ErrorCode[]) {
  const responses: Record<number, object> = {};
  for (const [status, group] of Map.groupBy(codes, (code) => ERROR_CODES[code].status)) {
    const retryable = status === 429 || status === 503;
    responses[status] = {
      description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join("; "),
      ...(retryable ? { headers: { "Retry-After": { schema: { type: "integer" } } } } : {}),
      content: {
        "application/problem+json": {
          schema: reference("Problem"),
          examples: Object.fromEntries(group.map((code) => [code, { value: problemExample(code) }])),
        },
      },
    };
  }
  return responses;
}

function problemExample(code: ErrorCode) {
  return toProblem(new DumbwaiterError(code, ERROR_CODES[code].meaning));
}
