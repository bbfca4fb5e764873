import { isIP } from "node:net";
import { z } from "zod";
import { splitList } from "./parsers.ts";

const NAMED_NETWORKS = new Set(["loopback", "linklocal", "uniquelocal"]);

const message =
  "must be true, false, the number of proxies in front (at most 10), or a comma-separated list of their networks " +
  "(loopback, linklocal, uniquelocal, 10.0.0.0/8)";

/**
 * Express's `trust proxy`. `true` believes everybody's `X-Forwarded-…` headers: they tell a page's own origin from
 * another, and decide on nothing else. A network of everything is refused as a slip.
 */
export const trustProxy = z.string().transform((raw, context): boolean | number | string => {
  const text = raw.trim();
  if (text === "true") return true;
  if (text === "false" || text === "0") return false;
  if (/^\d{1,2}$/.test(text) && Number(text) <= 10) return Number(text);
  const networks = splitList(text);
  if (networks.length > 0 && networks.every(isNetwork)) return networks.join(",");
  context.addIssue(message);
  return z.NEVER;
});

function isNetwork(text: string): boolean {
  if (NAMED_NETWORKS.has(text)) return true;
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}
