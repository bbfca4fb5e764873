import type { DeviceStatus } from "../clients/tab-channel.ts";
import { deviceOf, type Kind, type Manner, type Place, peerOf, titleOf, userOf } from "../model.ts";
import { part, plural } from "./elements.ts";
import { MessageList } from "./message-list.ts";

const MANY = 1000;

const STATES: Readonly<Record<DeviceStatus["state"], string>> = {
  off: "Switched off",
  connecting: "Connecting…",
  "catching-up": "Catching up…",
  live: "Live",
  reconnecting: "Reconnecting…",
  removed: "Removed",
  closed: "Closed",
};

/** In which the device has no client. */
const OFF: readonly DeviceStatus["state"][] = ["off", "removed", "closed"];

export interface DeviceActions {
  send(place: Place, texts: readonly string[], manner: Manner): Promise<void>;
  switchOff(place: Place, off: boolean): Promise<void>;
  discard(place: Place): void;
}

/** One phone or laptop on the page. */
export class DeviceView {
  readonly root: HTMLElement;
  readonly list: MessageList;
  #state: DeviceStatus["state"] = "connecting";
  #queue = 0;

  constructor(place: Place, actions: DeviceActions) {
    const template = part<HTMLTemplateElement>(document, "#device");
    this.root = part(template.content.cloneNode(true) as DocumentFragment, "article");
    this.root.classList.add(deviceOf(place));
    this.root.dataset.place = place;
    const name = `${titleOf(userOf(place))}’s ${deviceOf(place)}`;
    const peer = titleOf(peerOf(userOf(place)));
    part(this.root, ".device-name").textContent = name;
    part(this.root, ".empty").textContent = "No messages yet";
    const messages = part<HTMLOListElement>(this.root, ".messages");
    messages.tabIndex = 0; // so that it can be scrolled with keys
    messages.setAttribute("aria-label", `Messages on ${name}`);
    this.list = new MessageList(messages);
    this.#nameControls(name, peer);

    const power = part<HTMLButtonElement>(this.root, ".switch");
    power.addEventListener("click", () => {
      void actions.switchOff(place, power.ariaChecked === "true");
    });
    part(this.root, ".discard").addEventListener("click", () => actions.discard(place));
    const text = part<HTMLInputElement>(this.root, ".text");
    const kind = part<HTMLSelectElement>(this.root, ".kind");
    const anonymous = part<HTMLInputElement>(this.root, ".anonymous input");
    const manner = () => ({ kind: kind.value as Kind, isAnonymous: anonymous.checked });
    part<HTMLFormElement>(this.root, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      void actions.send(place, [text.value], manner());
      text.value = "";
    });
    const many = part<HTMLButtonElement>(this.root, ".many");
    many.addEventListener("click", async () => {
      many.disabled = true;
      const numbers = Array.from({ length: MANY }, (_, index) => (index + 1).toLocaleString("en"));
      const texts = numbers.map((number) => `${number} of ${numbers.at(-1)}`);
      await actions.send(place, texts, manner()).finally(() => {
        many.disabled = false;
      });
    });
  }

  show({ state, note, sending, sent, received, unopened }: DeviceStatus): void {
    this.#state = state;
    this.#showState();
    const isOff = OFF.includes(state);
    part(this.root, ".switch").ariaChecked = String(!isOff);
    this.root.classList.toggle("off", isOff);

    part(this.root, ".notice").hidden = unopened === 0;
    part(this.root, ".notice-text").textContent =
      `${plural(unopened, "message")} sealed for other keys: not acknowledged, still queued`;

    const tally = part(this.root, ".tally");
    const counts = [`${received.toLocaleString("en")} received`, `${sent.toLocaleString("en")} sent`];
    if (sending > 0) counts.push(`${sending.toLocaleString("en")} to send`);
    if (note !== undefined) counts.push(note);
    tally.textContent = counts.join(" · ");
    tally.classList.toggle("failed", note !== undefined);
  }

  /** @param length messages in the queue of the device */
  showQueue(length: number): void {
    if (length === this.#queue) return;
    this.#queue = length;
    this.#showState();
  }

  #showState(): void {
    const shown = part(this.root, ".device-state");
    const waiting =
      this.#state === "off" && this.#queue > 0 ? ` · ${plural(this.#queue, "message")} waiting` : "";
    shown.dataset.state = this.#state;
    shown.textContent = STATES[this.#state] + waiting;
  }

  #nameControls(name: string, peer: string): void {
    const text = part<HTMLInputElement>(this.root, ".text");
    text.placeholder = `Message to ${peer}`;
    text.ariaLabel = `Message to ${peer} from ${name}`;
    part(this.root, ".kind").ariaLabel = `How ${name} sends`;
    part(this.root, ".anonymous input").ariaLabel = `Send anonymously from ${name}`;
    part(this.root, ".switch").ariaLabel = `${name} is switched on`;
    part(this.root, ".send").ariaLabel = `Send from ${name}`;
    part(this.root, ".many").ariaLabel = `Send 1,000 from ${name}`;
    part(this.root, ".discard").ariaLabel = `Discard what ${name} cannot open`;
  }
}
