import { totalmem } from "node:os";
import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { PROCESSOR_SETTINGS } from "./config.ts";
import { startProcessor } from "./wiring.ts";

await runMain(process, PROCESSOR_SETTINGS, (context) =>
  startProcessor(context, process.constrainedMemory() || totalmem()),
);
