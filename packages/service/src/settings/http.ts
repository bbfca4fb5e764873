import { isIP } from "node:net";
import { z } from "zod";
import { list, splitList } from "./parsers.ts";
import type { Variable } from "./variable.ts";

export const ALLOWED_ORIGINS = {
  name: "ALLOWED_ORIGINS",
  group: "http",
  key: "allowedOrigins",
  schema: list(isOrigin, "must be a comma-separated list of origins such as https://app.example"),
  default: "",
  description: "Allowed origins, comma-separated; requests from other origins are rejected",
} as const satisfies Variable;

const NAMED_NETWORKS = new Set(["loopback", "linklocal", "uniquelocal"]);

const TRUST_PROXY_FORM =
  "must be true, false, the number of proxies in front (at most 10), or a comma-separated list of their networks " +
  "(loopback, linklocal, uniquelocal, 10.0.0.0/8)";

/**
 * Express's `trust proxy`. `true` believes every client's `X-Forwarded-…` headers: they tell a page's own origin from
 * another, and whose limits an anonymous call counts against. A network of everything is refused as a slip.
 */
export const trustProxy = z.string().transform((raw, context): boolean | number | string => {
  const text = raw.trim();
  if (text === "true") return true;
  if (text === "false" || text === "0") return false;
  if (/^\d{1,2}$/.test(text) && Number(text) <= 10) return Number(text);
  const networks = splitList(text);
  if (networks.length > 0 && networks.every(isNetwork)) return networks.join(",");
  context.addIssue(TRUST_PROXY_FORM);
  return z.NEVER;
});

export const TRUST_PROXY = {
  name: "TRUST_PROXY",
  group: "http",
  key: "trustProxy",
  schema: trustProxy,
  default: "false",
  description:
    "Number of trusted proxies in front of the service, or their networks, comma-separated; `true` trusts any proxy, `false` none",
} as const satisfies Variable;

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isNetwork(text: string): boolean {
  if (NAMED_NETWORKS.has(text)) return true;
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}
