import { z } from "zod";

const FORM =
  "must be redis://[user:password@]host[:port][/database], rediss: for TLS, or a comma-separated list";

/**
 * Checks the form of Redis's URL and leaves the reading to the adapter: one URL, or a comma-separated list that is a
 * cluster (a single address with a comma behind it too), whose further addresses may be bare `host:port`. No message
 * shows the value, which may hold a password.
 */
export const redisUrl = z.string().transform((raw, context) => {
  const problem = problemOf(raw.trim());
  if (problem !== undefined) context.addIssue(problem);
  return problem === undefined ? raw.trim() : z.NEVER;
});

function problemOf(text: string): string | undefined {
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  const url = URL.parse(first);
  if (url === null || !/^rediss?:$/.test(url.protocol)) return FORM;
  const urls = [url, ...others.filter((part) => part !== "").map((part) => parseFurther(part, url.protocol))];
  for (const part of urls) {
    if (part === null || part.hostname === "" || part.search !== "" || part.hash !== "") return FORM;
    if (!/^(\/\d{0,3})?$/.test(part.pathname)) return FORM;
    if (part.protocol !== url.protocol) return "must use one scheme for all nodes of the cluster";
    if (others.length > 0 && Number(part.pathname.slice(1)) !== 0) {
      return "must name no database: a cluster has only one";
    }
    if (!isEncoded(part.username) || !isEncoded(part.password))
      return "must percent-encode user and password";
  }
  return undefined;
}

function parseFurther(text: string, scheme: string): URL | null {
  return URL.parse(text.includes("://") ? text : `${scheme}//${text}`);
}

function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
