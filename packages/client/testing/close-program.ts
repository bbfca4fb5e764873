/*
 * Run by Node: opens a client and tells its parent of each event. When the parent says so, it closes the client and tells
 * what still keeps the process alive; then the process must end by itself. Arguments: the URL, and `hanging` for a
 * token that never comes.
 */
import { connect } from "../src/index.ts";

export interface CloseReport {
  /** As `process.getActiveResourcesInfo` names them. */
  readonly left: readonly string[];
  readonly tookMs: number;
  readonly isLoopDone: boolean | undefined;
}

const [url = "", kind = ""] = process.argv.slice(2);
/** Every process has them: its streams and the channel to its parent, and this turn of its loop. */
const OWN = ["PipeWrap", "Immediate", "TTYWrap"];

const client = connect({ url, token: () => (kind === "hanging" ? new Promise<string>(() => {}) : "token") });
client.on("state", ({ state }) => process.send?.(state));
client.on("error", () => process.send?.("error"));
const loop = (async () => {
  for await (const message of client.messages()) {
    await message.ack();
    process.send?.("acknowledged");
  }
  return true;
})().catch(() => true); // The reason why the client closed by itself.

process.once("message", async () => {
  const startedAt = performance.now();
  await client.close({ timeoutMs: 300 });
  const tookMs = performance.now() - startedAt;
  const isLoopDone = await Promise.race([loop, undefined]);
  // Handles that were closed are gone in the next turns.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  const left = process.getActiveResourcesInfo().filter((name) => !OWN.includes(name));
  process.send?.({ left, tookMs, isLoopDone } satisfies CloseReport);
  process.disconnect();
});
