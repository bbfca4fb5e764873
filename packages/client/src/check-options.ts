interface UncheckedOptions {
  readonly url: unknown;
  readonly realtimeUrl?: unknown;
  readonly token?: unknown;
}

/** A page may leave out the origin. */
const URL_FORM = /^((http|ws)s?:\/\/|\/|$)/i;

/** @throws TypeError for options with which no call could succeed, although each would be tried again and again */
export function checkOptions({ url, realtimeUrl, token }: UncheckedOptions): void {
  for (const [name, value] of Object.entries({ url, realtimeUrl: realtimeUrl ?? url })) {
    if (typeof value !== "string" || !URL_FORM.test(value) || !parsed(value)) {
      throw new TypeError(`${name} must be a URL that begins with https:// or http://`);
    }
  }
  if (token !== undefined && typeof token !== "function") {
    throw new TypeError("token must be a function that returns a token, or a promise of one");
  }
}

/** @throws TypeError for a path, which Socket.IO would take for a namespace */
export function checkRealtimeUrl(url: string): void {
  if (parsed(url)?.pathname !== "/") {
    throw new TypeError(`Connections need a URL without a path, as realtimeUrl or url: ${url}`);
  }
}

/** Absolute, as the browser would take it. Socket.IO takes an upper-case scheme, or nothing, for a part of the host. */
export function parsed(url: string): URL | undefined {
  try {
    return new URL(url || "/", (globalThis as { location?: { href: string } }).location?.href);
  } catch {
    return undefined;
  }
}
