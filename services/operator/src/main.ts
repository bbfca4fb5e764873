import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runMain } from "@dumbwaiter/service";
import { OPERATOR_SETTINGS } from "./config.ts";

// The operator is idle most of the time: prefer low memory to speed. Must be set before the Kubernetes libraries load.
setFlagsFromString("--optimize-for-size");

await runMain(process, OPERATOR_SETTINGS, async (context) => {
  const { startOperator } = await import("./wiring.ts");
  await startOperator(context);
});
