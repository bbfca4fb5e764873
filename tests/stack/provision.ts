import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, "../../scripts/provision.ts");

/** Makes topics and subscriptions as an operator would: with `scripts/provision.ts`. */
export async function provision(env: Readonly<Record<string, string>>): Promise<void> {
  await run(process.execPath, [SCRIPT], { env: { ...process.env, ...env } });
}
