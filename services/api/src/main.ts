import process from "node:process";
import { runMain } from "@dumbwaiter/service";
import { API_SETTINGS } from "./config.ts";
import { startApi } from "./wiring.ts";

await runMain(process, API_SETTINGS, startApi);
