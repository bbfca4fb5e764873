import { PLACES, type Place, userOf } from "../model.ts";
import { part } from "./elements.ts";

/** Where on the side of a device, from its top, messages leave and arrive. */
const LEAVES = 0.3;
const ARRIVES = 0.62;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: number;
  readonly y: number;
}

/** The lines between devices and stations, as SVG paths in the coordinates of the stage. */
export class Wires {
  readonly #stage: HTMLElement;
  #shafts = { up: "", down: "" };
  #up = new Map<Place, string>();
  #down = new Map<Place, string>();

  constructor(stage: HTMLElement) {
    this.#stage = stage;
    const observer = new ResizeObserver(() => this.#lay());
    observer.observe(stage);
    for (const station of stage.querySelectorAll(".station")) observer.observe(station);
  }

  /** From the device to the queues. */
  up(place: Place): string {
    const wire = this.#up.get(place);
    return wire ? `${wire} L ${this.#shafts.up}` : `M ${this.#shafts.up}`;
  }

  /** From the queues to the device. */
  down(place: Place): string {
    const wire = this.#down.get(place);
    return wire ? `M ${this.#shafts.down} L ${wire.slice(1)}` : `M ${this.#shafts.down}`;
  }

  #lay(): void {
    const station = (name: string) => this.#box(part(this.#stage, `[data-station="${name}"]`));
    const [api, queues, socket] = [station("api"), station("queues"), station("socket")];
    this.#shafts = {
      up: `${api.x} ${api.y} L ${queues.x} ${queues.y}`,
      down: `${queues.x} ${queues.y} L ${socket.x} ${socket.y}`,
    };
    this.#up = new Map();
    this.#down = new Map();
    for (const place of PLACES) {
      const device = this.#box(part(this.#stage, `[data-place="${place}"]`));
      const side = userOf(place) === "alice" ? "left" : "right";
      const edge = side === "left" ? device.right : device.left;
      const isBeside = side === "left" ? edge < api.left : edge > api.right;
      if (!isBeside) continue;
      const height = device.bottom - device.top;
      this.#up.set(place, curve(edge, device.top + height * LEAVES, api[side], api.y));
      this.#down.set(place, curve(socket[side], socket.y, edge, device.top + height * ARRIVES));
    }
    this.#draw(`M ${api.x} ${api.y} L ${socket.x} ${socket.y}`);
  }

  #draw(shaft: string): void {
    const drawn = [
      svgPath("shaft", shaft),
      ...[...this.#up.values()].map((wire) => svgPath("up", wire)),
      ...[...this.#down.values()].map((wire) => svgPath("down", wire)),
    ];
    part<SVGElement>(this.#stage, ".wires").replaceChildren(...drawn);
  }

  #box(element: Element): Box {
    const { left: x0, top: y0 } = this.#stage.getBoundingClientRect();
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const box = { left: left - x0, right: right - x0, top: top - y0, bottom: bottom - y0 };
    return { ...box, x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  }
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const middle = (x1 + x2) / 2;
  return `M ${x1} ${y1} C ${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function svgPath(className: string, d: string): SVGPathElement {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", className);
  path.setAttribute("d", d);
  return path;
}
