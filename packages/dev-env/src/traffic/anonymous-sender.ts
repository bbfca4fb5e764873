import { randomBytes } from "node:crypto";
import type { SecureEnvelope } from "@dumbwaiter/client";
import type { WireUser } from "@dumbwaiter/wire-user";

/** An access key in base64. */
export const newAccessKey = (): string => randomBytes(32).toString("base64");

/** Sets the user's access key. @throws if the api refuses it */
export async function setAccessKey(user: WireUser, accessKey: string): Promise<void> {
  const response = await fetch(`${user.endpoints.api}/api/user/access-key`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${await user.token()}` },
    body: JSON.stringify({ accessKey }),
  });
  if (!response.ok) throw new Error(`the access key was answered with ${response.status}`);
}

export interface AnonymousAnswer {
  readonly status: number;
  /** Of an accepted message. */
  readonly id?: string;
  /** Of a refusal. */
  readonly code?: string;
}

/** Sends once, without saying who sends. @param headers more of them */
export async function sendAnonymously(
  api: string,
  accessKey: string,
  envelope: SecureEnvelope,
  headers: Readonly<Record<string, string>> = {},
): Promise<AnonymousAnswer> {
  const response = await fetch(`${api}/api/send`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Access-Key": accessKey, ...headers },
    body: JSON.stringify(envelope),
  });
  const { id, code } = (await response.json()) as { id?: string; code?: string };
  return { status: response.status, ...(id === undefined ? { code: code ?? "" } : { id }) };
}
