import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { REALTIME_SETTINGS } from "./config.ts";
import { startRealtime } from "./wiring.ts";

await runMain(process, REALTIME_SETTINGS, startRealtime);
