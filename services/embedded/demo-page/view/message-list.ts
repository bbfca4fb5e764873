import type { Message } from "../model.ts";
import { titleOf } from "../model.ts";
import { element } from "./elements.ts";

/** Messages shown; older ones stay in the browser's storage. */
export const SHOWN = 200;

/** Between two drawings; milliseconds. */
const DRAW_EVERY_MS = 100;

/** How far from its end a list may be for it to follow what is new; pixels. */
const NEAR_END = 40;

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const STATES = { sending: "sending…", stored: "stored", refused: "refused" } as const;

/** The newest messages of a device. What comes between two drawings is drawn in the second. */
export class MessageList {
  readonly #list: HTMLOListElement;
  readonly #items = new Map<string, HTMLLIElement>();
  #due = new Map<string, Message>();
  #drawnAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(list: HTMLOListElement) {
    this.#list = list;
  }

  show(messages: readonly Message[]): void {
    for (const message of messages) this.#due.set(message.key, message);
    const waitMs = this.#drawnAt + DRAW_EVERY_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#draw(), waitMs);
  }

  clear(): void {
    this.#due.clear();
    this.#items.clear();
    this.#list.replaceChildren();
  }

  #draw(): void {
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    const list = this.#list;
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    const due = this.#due;
    this.#due = new Map();
    let skip = due.size - SHOWN;
    for (const [key, message] of due) {
      const item = this.#items.get(key);
      if (item) item.replaceWith(this.#itemOf(message));
      else if (skip <= 0) list.append(this.#itemOf(message));
      if (!item) skip -= 1;
    }
    for (const [key, item] of this.#items) {
      if (this.#items.size <= SHOWN) break;
      this.#items.delete(key);
      item.remove();
    }
    if (follows) list.scrollTop = list.scrollHeight;
  }

  #itemOf(message: Message): HTMLLIElement {
    const bubble = element("p", "bubble", message.text);
    const meta = element("p", "meta", ...metaOf(message));
    const state = message.direction === "sent" ? message.state : "";
    const item = element("li", `message ${message.direction} ${message.kind} ${state}`.trim(), bubble, meta);
    this.#items.set(message.key, item);
    return item;
  }
}

function metaOf(message: Message): (string | Node)[] {
  const words = [TIME.format(message.at)];
  if (message.direction === "received") words.push(`${titleOf(message.from)}’s ${message.fromDevice}`);
  else words.push(message.reason ? `refused: ${message.reason}` : STATES[message.state]);
  if (message.kind !== "normal") words.push(message.kind);
  if (message.direction === "sent" && message.isAnonymous) words.push("anonymous");
  const text = words.join(" · ");
  const id = message.direction === "received" ? message.key : message.id;
  if (id === undefined) return [text];
  const short = element("code", "", `…${id.slice(-6)}`);
  short.title = id;
  return [`${text} · `, short];
}
