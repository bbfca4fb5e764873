import type { Envelope } from "../model.ts";
import { element } from "./elements.ts";

/** Base64 characters shown of a field. */
const SHOWN = 400;

/** Shows an envelope as the router gets it. */
export function showEnvelope(list: HTMLElement, envelope: Envelope | undefined): void {
  if (envelope === undefined) {
    list.replaceChildren(...row("envelope", "Nothing yet: send a message."));
    return;
  }
  const { recipientId, encryptedData, encryptedSymmetricKey, priority, isEphemeral } = envelope;
  list.replaceChildren(
    ...row("recipientId", recipientId),
    ...row("sender", "not in the envelope"),
    ...row("encryptedData", ...sealed(encryptedData)),
    ...row("encryptedSymmetricKey", ...sealed(encryptedSymmetricKey)),
    ...(priority === undefined ? [] : row("priority", String(priority))),
    ...(isEphemeral ? row("isEphemeral", "true") : []),
  );
}

function row(name: string, ...value: readonly (string | Node)[]): HTMLElement[] {
  return [element("dt", "", name), element("dd", "", ...value)];
}

function sealed(base64: string): HTMLElement[] {
  const bytes = atob(base64).length.toLocaleString("en");
  return [
    element("span", "size", `${bytes} bytes, sealed`),
    element("span", "bytes", base64.slice(0, SHOWN)),
  ];
}
