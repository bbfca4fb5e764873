import { urlOf, withUrlOption } from "../connection.ts";
import type { AddCommand } from "../context.ts";
import { CommandError } from "../errors.ts";

const TIMEOUT_MS = 10_000;

/** `token <user>`: asks the development issuer, which the embedded process has. */
export const addToken: AddCommand = (program, context) =>
  program.command(
    "token <user>",
    "Get a token of the development issuer, for any user",
    (command) =>
      withUrlOption(command)
        .positional("user", { type: "string", demandOption: true, describe: "Subject, or urn:sm:user:<id>" })
        .option("device", { type: "string", requiresArg: true, describe: "Device that the token is for" })
        .option("expires-in", {
          type: "number",
          requiresArg: true,
          describe: "Seconds until it expires; a negative value makes an expired token",
        })
        .example("export DUMBWAITER_TOKEN=$($0 token bob)", "Be bob for the other commands")
        .epilogue("For development only: no production installation has this issuer."),
    async ({ user, device, expiresIn, url }) => {
      const base = urlOf(url, context.env);
      const request = { user, deviceId: device, expiresInSeconds: expiresIn };
      const { token } = await issue(base, request);
      context.terminal.result(token, { token });
    },
  );

async function issue(base: string, request: object): Promise<{ readonly token: string }> {
  const response = await post(`${base}/dev/token`, request);
  const answer = (await response.json().catch(() => ({}))) as { token?: string; detail?: string };
  if (response.ok && answer.token) return { token: answer.token };
  if (response.status === 400) throw new CommandError("refused", String(answer.detail));
  throw new CommandError("refused", `${base} has no development issuer (status ${response.status})`);
}

async function post(url: string, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new CommandError("unavailable", `${new URL(url).origin} cannot be reached`, { cause });
  }
}
