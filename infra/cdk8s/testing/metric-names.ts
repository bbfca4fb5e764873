import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createMetricsRegistry } from "@dumbwaiter/service";

const ROOT = join(import.meta.dirname, "../../..");

/** The name of every metric of the services: those in their source, and Node's default metrics. */
export async function metricNames(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const folder of ["services", "packages"]) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.includes("node_modules") || file.endsWith(".test.ts")) continue;
      const text = readFileSync(join(ROOT, folder, file), "utf8");
      for (const [, name] of text.matchAll(/name: "(dumbwaiter_[a-z_]+)"/g)) names.add(name as string);
    }
  }
  const registry = createMetricsRegistry({ service: "api" });
  for (const { name } of await registry.getMetricsAsJSON()) names.add(name);
  return names;
}
