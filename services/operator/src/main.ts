import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runMain } from "@dumbwaiter/service";
import { OPERATOR_SETTINGS } from "./config.ts";

// It waits nearly always: better small than fast. Set before the Kubernetes libraries are loaded.
setFlagsFromString("--optimize-for-size");

await runMain(process, OPERATOR_SETTINGS, async (context) => {
  const { createService } = await import("./create-service.ts");
  await createService(context).start();
});
