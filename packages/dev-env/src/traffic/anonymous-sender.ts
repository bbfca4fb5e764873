// Bare: a flood looks at the status and code of each send, and comes from addresses that it makes up.
import type { SecureEnvelope } from "@dumbwaiter/client";

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
