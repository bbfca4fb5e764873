import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { startRealtime } from "./wiring.ts";

await runMain(process, "realtime", startRealtime);
