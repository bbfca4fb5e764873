import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { startApi } from "./wiring.ts";

await runMain(process, "api", startApi);
