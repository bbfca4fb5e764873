import type { Envelope } from "../model.ts";
import { element, part } from "./elements.ts";

/** Base64 characters shown of a field. */
const SHOWN = 600;
const EARLIER = 16;
const DRAW_EVERY_MS = 100;

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** Shows envelopes as the router gets them: the last one in full, and a line for each of those before. */
export class EnvelopeView {
  readonly #fields = part(document, "#envelope");
  readonly #earlier = part(document, "#earlier");
  readonly #line = part(document, "#saw-line");
  #recent: { readonly envelope: Envelope; readonly at: number }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#draw();
  }

  show(envelope: Envelope): void {
    this.#recent = [{ envelope, at: Date.now() }, ...this.#recent].slice(0, EARLIER + 1);
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_EVERY_MS);
  }

  #draw(): void {
    this.#timer = undefined;
    const [last, ...earlier] = this.#recent;
    this.#fields.replaceChildren(...(last ? fieldsOf(last.envelope) : row("envelope", "none yet")));
    this.#earlier.replaceChildren(...earlier.map(({ envelope, at }) => lineOf(envelope, at)));
    if (last) this.#line.textContent = `The router saw: ${summaryOf(last.envelope)}, no sender`;
  }
}

function fieldsOf(envelope: Envelope): HTMLElement[] {
  const { recipientId, encryptedData, encryptedSymmetricKey, priority, isEphemeral } = envelope;
  return [
    ...row("recipientId", recipientId),
    ...row("sender", element("em", "", "not in the envelope")),
    ...row("encryptedData", ...sealed(encryptedData)),
    ...row("encryptedSymmetricKey", ...sealed(encryptedSymmetricKey)),
    ...(priority === undefined ? [] : row("priority", String(priority))),
    ...(isEphemeral ? row("isEphemeral", "true") : []),
  ];
}

function lineOf(envelope: Envelope, at: number): HTMLElement {
  return element("li", "", element("span", "", TIME.format(at)), element("span", "", summaryOf(envelope)));
}

function summaryOf({ recipientId, encryptedData, encryptedSymmetricKey, priority, isEphemeral }: Envelope) {
  const bytes = byteLength(encryptedData) + byteLength(encryptedSymmetricKey);
  const kind = isEphemeral ? ", ephemeral" : priority ? `, priority ${priority}` : "";
  return `to ${recipientId}, ${bytes.toLocaleString("en")} sealed bytes${kind}`;
}

function row(name: string, ...value: readonly (string | Node)[]): HTMLElement[] {
  return [element("dt", "", name), element("dd", "", ...value)];
}

function sealed(base64: string): HTMLElement[] {
  const size = `${byteLength(base64).toLocaleString("en")} bytes, sealed`;
  return [element("span", "size", size), element("span", "bytes", base64.slice(0, SHOWN))];
}

const byteLength = (base64: string) => atob(base64).length;
