import { createRequire } from "node:module";

const http: typeof import("node:http") = createRequire(import.meta.url)("node:http");

/**
 * From Node's module, without an ES import of it, which reads all that the module exports. One of these is a getter that
 * loads Node's fetch: a tenth of the start of a process that fetches nothing by then.
 */
export const { IncomingMessage, Server, ServerResponse, STATUS_CODES } = http;
