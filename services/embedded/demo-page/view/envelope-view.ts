import { type Envelope, titleOf, type UserName } from "../model.ts";
import { element, part } from "./elements.ts";

/** Base64 characters shown of a field. */
const SHOWN = 600;
const EARLIER = 16;
const DRAW_EVERY_MS = 100;

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** What the router gets of a send. */
export interface Seen {
  readonly envelope: Envelope;
  /** Whose token the api sees; nobody's if realtime sees an access key. */
  readonly sender: UserName | undefined;
}

/** Shows envelopes as the router gets them: the last one in full, and a line for each of those before. */
export class EnvelopeView {
  readonly #fields = part(document, "#envelope");
  readonly #earlier = part(document, "#earlier");
  readonly #line = part(document, "#saw-line");
  #recent: (Seen & { readonly at: number })[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#draw();
  }

  show(seen: Seen): void {
    this.#recent = [{ ...seen, at: Date.now() }, ...this.#recent].slice(0, EARLIER + 1);
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_EVERY_MS);
  }

  #draw(): void {
    this.#timer = undefined;
    const [last, ...earlier] = this.#recent;
    this.#fields.replaceChildren(...(last ? fieldsOf(last) : row("envelope", "none yet")));
    this.#earlier.replaceChildren(...earlier.map(lineOf));
    if (last) this.#line.textContent = `The router saw: ${summaryOf(last)}`;
  }
}

function fieldsOf({ envelope, sender }: Seen): HTMLElement[] {
  const { recipientId, encryptedData, encryptedSymmetricKey, priority, isEphemeral } = envelope;
  return [
    ...row("recipientId", recipientId),
    ...(sender
      ? row("sender, to the api", `${titleOf(sender)}, by the token`)
      : row("sender, to realtime", nobody(": an access key, no token"))),
    ...row("sender, to others", nobody(": not in the envelope")),
    ...row("encryptedData", ...sealed(encryptedData)),
    ...row("encryptedSymmetricKey", ...sealed(encryptedSymmetricKey)),
    ...(priority === undefined ? [] : row("priority", String(priority))),
    ...(isEphemeral ? row("isEphemeral", "true") : []),
  ];
}

function nobody(why: string): HTMLElement {
  return element("span", "", element("em", "", "nobody"), why);
}

function lineOf({ at, ...seen }: Seen & { readonly at: number }): HTMLElement {
  return element("li", "", element("span", "", TIME.format(at)), element("span", "", summaryOf(seen)));
}

function summaryOf({ envelope, sender }: Seen): string {
  const { recipientId, encryptedData, encryptedSymmetricKey, priority, isEphemeral } = envelope;
  const bytes = byteLength(encryptedData) + byteLength(encryptedSymmetricKey);
  const kind = isEphemeral ? ", ephemeral" : priority ? `, priority ${priority}` : "";
  const from = sender ? `the api saw ${titleOf(sender)}` : "nobody saw a sender";
  return `to ${recipientId}, ${bytes.toLocaleString("en")} sealed bytes${kind}; ${from}`;
}

function row(name: string, ...value: readonly (string | Node)[]): HTMLElement[] {
  return [element("dt", "", name), element("dd", "", ...value)];
}

function sealed(base64: string): HTMLElement[] {
  const size = `${byteLength(base64).toLocaleString("en")} bytes, sealed`;
  return [element("span", "size", size), element("span", "bytes", base64.slice(0, SHOWN))];
}

const byteLength = (base64: string) => atob(base64).length;
