/** One HTTP request as text, to be written and pipelined as an attack pleases. */
export function httpRequest(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const lines = Object.entries({
    Host: new URL(url).host,
    ...(body === "" ? {} : { "Content-Type": "application/json", "Content-Length": String(body.length) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
