import { totalmem } from "node:os";
import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { createService } from "./create-service.ts";
import { openProductionDependencies } from "./production-dependencies.ts";

await runMain(process, "processor", async (context) => {
  const memoryBytes = process.constrainedMemory() || totalmem();
  await createService(context, await openProductionDependencies(context, memoryBytes)).start();
});
