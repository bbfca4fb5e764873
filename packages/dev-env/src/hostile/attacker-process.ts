import { setPriority } from "node:os";
import type { Endpoints } from "@dumbwaiter/wire-user";
import { attackContext, newRun, untilAborted } from "./attack.ts";
import { ATTACKS } from "./attacks/index.ts";
import { childArgument, serveParent } from "./child.ts";
import { effort } from "./effort.ts";

export interface AttackerOrder {
  readonly attack: string;
  readonly endpoints: Endpoints;
  readonly ms: number;
}

const { attack: name, endpoints, ms } = childArgument<AttackerOrder>();
const attack = ATTACKS.find((each) => each.name === name);
if (!attack) throw new Error(`unknown attack ${name}`);

// On a real network it would not take the server's own processors.
setPriority(10);
process.on("uncaughtException", (error) => process.stderr.write(`${name}: ${error.stack}\n`));

const end = new AbortController();
const context = attackContext(endpoints, end.signal, newRun());

serveParent(async (word) => {
  if (word === "prepare") return await attack.prepare?.(context).then(() => null);
  setTimeout(() => end.abort(), ms);
  await Promise.race([attack.run(context), untilAborted(end.signal)]);
  return effort;
});
