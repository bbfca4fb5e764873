import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { createService } from "./create-service.ts";
import { openProductionDependencies } from "./production-dependencies.ts";

await runMain(process, "api", async (context) => {
  await createService(context, await openProductionDependencies(context)).start();
});
