import { ERROR_CODES } from "@dumbwaiter/core";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from packages/core/src/model/errors.ts: change it there. -->
# Error codes

The codes never change their meaning. The HTTP API returns \`application/problem+json\` (RFC 9457) with the status below:
\`{"type","title","status","detail","code","path"?}\`. On a socket, the callback receives
\`{"ok":false,"error":{"code","message","retryable","path"?,"retryAfterMs"?}}\`. A refused handshake emits \`connect_error\`
with the same error as its \`data\`. Retryable errors are marked below, and on a socket by \`retryable\`; 429 and 503
responses include \`Retry-After\`. Retry a send with the same \`Idempotency-Key\`.`;

/** The text of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} |`,
  );
  return `${INTRODUCTION}\n\n| code | status | retry | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
