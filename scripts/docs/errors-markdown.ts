import { CLOSING_CODES, ERROR_CODES } from "@dumbwaiter/core";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from packages/core/src/model/errors.ts and closing-codes.ts: change it there. -->
# Error codes

The codes never change their meaning. Later versions may add codes: treat one that you do not know by its status, or by
\`retryable\`. The HTTP API returns \`application/problem+json\` (RFC 9457) with the status below:
\`{"type","title","status","detail","code","path"?}\`. On a socket, the callback receives
\`{"ok":false,"error":{"code","message","retryable","path"?,"retryAfterMs"?}}\`. A refused handshake emits \`connect_error\`
with the same error as its \`data\`.

Retryable errors are marked below, and on a socket by \`retryable\`; 429 and 503 responses include \`Retry-After\`, in
seconds. Where none is given, wait up to 1 s before the first retry, up to 2 s before the second, and so on up to 30 s,
each time a random part of it. Retry a send with the same \`Idempotency-Key\`.`;

const CLOSING = `## Closing codes

Of the event \`closing\`, which a socket gets [before the server closes
it](socket-api.md#when-the-server-closes-the-connection).`;

/** The text of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const errors = Object.entries(ERROR_CODES).map(
    ([code, { status, retryable, meaning, action }]) =>
      `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} | ${action} |`,
  );
  const closings = Object.entries(CLOSING_CODES).map(
    ([code, { retryable, meaning, action }]) =>
      `| \`${code}\` | ${retryable ? "yes" : "no"} | ${meaning} | ${action} |`,
  );
  return `${INTRODUCTION}

| code | status | retry | meaning | what a client does |
| --- | --- | --- | --- | --- |
${errors.join("\n")}

${CLOSING}

| code | retryable | meaning | what a client does |
| --- | --- | --- | --- |
${closings.join("\n")}
`;
}
