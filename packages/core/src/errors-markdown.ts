import { ERROR_CODES } from "./error-codes.ts";

const INTRODUCTION = `<!-- Made by \`npm run docs\` from packages/core/src/error-codes.ts: change it there. -->
# Error codes

The codes never change their meaning. HTTP answers with \`application/problem+json\` (RFC 9457) and the status below:
\`{"type","title","status","detail","code","path"?}\`. A socket's callback gets
\`{"ok":false,"error":{"code","message","retryable"}}\`, a refused handshake \`connect_error\` with \`data.code\`. A call
that is worth repeating says so: with \`Retry-After\` over HTTP, with \`retryable\` over a socket. Repeat a send with the
same \`Idempotency-Key\`.`;

/** The text of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} |`,
  );
  return `${INTRODUCTION}\n\n| code | status | retry | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
