/** From the development issuer, which issues a token for any user to any caller of this machine. */
export async function newToken(user: string): Promise<string> {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (!response.ok) throw new Error(`/dev/token answered ${response.status}`);
  return ((await response.json()) as { readonly token: string }).token;
}
