import type { Counters } from "../counters-json.ts";
import { part } from "./elements.ts";

const MINUTE_MS = 60_000;

/** Whether the process runs, and how to kill it. */
export function createProcessView(): (counters: Counters | undefined) => void {
  const status = part(document, "#process");
  const command = part(document, "#kill");
  const copy = part<HTMLButtonElement>(document, "#copy");
  let first: Counters | undefined;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.textContent);
    copy.textContent = "Copied";
    setTimeout(() => {
      copy.textContent = "Copy";
    }, 2000);
  });

  return (counters) => {
    status.classList.toggle("up", counters !== undefined);
    status.classList.toggle("down", counters === undefined);
    if (counters) {
      first ??= counters;
      command.textContent = `kill -9 ${counters.pid}`;
      const again = counters.startedAt !== first.startedAt ? ", started again" : "";
      say(`Process ${counters.pid}${again} · up ${age(Date.now() - counters.startedAt)}`);
    } else {
      say("The process does not answer. Nothing that it accepted is lost; start it again: npm start");
    }
  };

  /** Screen readers read it again when it changes. */
  function say(text: string): void {
    if (status.textContent !== text) status.textContent = text;
  }
}

function age(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h`;
}
