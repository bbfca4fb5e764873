import { ERROR_CODES } from "@dumbwaiter/core";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from packages/core/src/model/errors.ts: change it there. -->
# Error codes

The codes never change their meaning. HTTP answers with \`application/problem+json\` (RFC 9457) and the status below:
\`{"type","title","status","detail","code","path"?}\`. A socket's callback gets
\`{"ok":false,"error":{"code","message","retryable","path"?,"retryAfterMs"?}}\`, a refused handshake \`connect_error\` with
the same error as its \`data\`. What is worth repeating is marked below, and by \`retryable\` over a socket; 429 and 503
say by \`Retry-After\` when. Repeat a send with the same \`Idempotency-Key\`.`;

/** The text of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} |`,
  );
  return `${INTRODUCTION}\n\n| code | status | retry | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
