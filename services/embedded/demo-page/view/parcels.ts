import { type Envelope, type Place, peerOf, userOf } from "../model.ts";
import { element, mayMove } from "./elements.ts";
import type { Wires } from "./wires.ts";

/** Messages need a few milliseconds; these are slow enough to be seen. */
const UP_MS = 1100;
const DOWN_MS = 900;
const MAX_DRAWN = 24;
/** Between two parcels on one wire, so that a thousand are seen to flow. */
const GAP_MS = 120;

/** Draws messages that travel: up to the queues as they are sent, down to a device as they arrive there. */
export class Parcels {
  readonly #layer: HTMLElement;
  readonly #wires: Wires;
  readonly #drawnAt = new Map<string, number>();

  constructor(layer: HTMLElement, wires: Wires) {
    this.#layer = layer;
    this.#wires = wires;
  }

  posted(place: Place, { isEphemeral, priority = 0 }: Envelope, isAnonymous: boolean): void {
    const kind = isEphemeral ? "ephemeral" : priority > 0 ? "urgent" : "normal";
    const sender = isAnonymous ? "nobody" : userOf(place);
    this.#draw(`up ${place}`, `${sender} ${kind}`, UP_MS, () => this.#wires.up(place));
  }

  arrived(place: Place): void {
    const sender = peerOf(userOf(place));
    this.#draw(`down ${place}`, sender, DOWN_MS, () => this.#wires.down(place), UP_MS * 0.7);
  }

  #draw(wire: string, className: string, duration: number, path: () => string, delay = 0): void {
    const now = performance.now();
    const isDue = now - (this.#drawnAt.get(wire) ?? 0) >= GAP_MS;
    const isShown = mayMove() && document.visibilityState === "visible";
    if (!isDue || !isShown || this.#layer.childElementCount >= MAX_DRAWN) return;
    this.#drawnAt.set(wire, now);
    const parcel = element("span", `parcel ${className}`);
    parcel.style.offsetPath = `path("${path()}")`;
    this.#layer.append(parcel);
    const frames = [
      { offsetDistance: "0%", opacity: 0 },
      { opacity: 1, offset: 0.08 },
      { opacity: 1, offset: 0.92 },
      { offsetDistance: "100%", opacity: 0 },
    ];
    const travel = parcel.animate(frames, { duration, delay, easing: "ease-in-out", fill: "backwards" });
    travel.onfinish = () => parcel.remove();
  }
}
