import { totalmem } from "node:os";
import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { startProcessor } from "./wiring.ts";

await runMain(process, "processor", (context) =>
  startProcessor(context, process.constrainedMemory() || totalmem()),
);
