import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { createService } from "./create-service.ts";

await runMain(process, "operator", (context) => createService(context).start());
