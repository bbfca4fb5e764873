import { queueLength } from "../counters.ts";
import type { Counters } from "../counters-json.ts";
import { deviceOf, PLACES, type Place, titleOf, userOf } from "../model.ts";
import { element, mayMove, part } from "./elements.ts";

/** A queue of so many messages fills its bar; shorter ones are drawn by their logarithm. */
const FULL_BAR = 1000;

const NUMBERS = ["accepted", "waiting", "stored", "delivered", "acked"] as const;

/** The stations and the queues, with the numbers of the process. */
export class RouteView {
  readonly #root: HTMLElement;
  readonly #queues = new Map<Place, { readonly bar: HTMLElement; readonly count: HTMLElement }>();

  constructor(root: HTMLElement) {
    this.#root = root;
    const list = part(root, "#queues");
    for (const place of placesAcross()) {
      const bar = element("span", "");
      const count = element("strong", "", "–");
      const name = `${titleOf(userOf(place))}’s ${deviceOf(place)}`;
      const track = element("div", "bar", bar);
      list.append(element("li", `queue ${userOf(place)}`, element("span", "", name), count, track));
      count.dataset.queue = place;
      this.#queues.set(place, { bar, count });
    }
  }

  show(counters: Counters): void {
    for (const name of NUMBERS) this.#set(part(this.#root, `[data-counter="${name}"]`), counters[name]);
    for (const [place, { bar, count }] of this.#queues) {
      const length = queueLength(counters, place);
      this.#set(count, length);
      bar.style.width = `${Math.min(1, Math.log1p(length) / Math.log1p(FULL_BAR)) * 100}%`;
    }
  }

  #set(shown: HTMLElement, value: number): void {
    const text = value.toLocaleString("en");
    if (shown.textContent === text) return;
    shown.textContent = text;
    if (mayMove()) shown.animate([{ color: "var(--brass)" }, {}], { duration: 900, easing: "ease-out" });
  }
}

/** Alice's queues on the left and Bob's on the right, as their devices are. */
function placesAcross(): Place[] {
  const half = PLACES.length / 2;
  return PLACES.slice(0, half).flatMap((place, index) => [place, PLACES[half + index] as Place]);
}
