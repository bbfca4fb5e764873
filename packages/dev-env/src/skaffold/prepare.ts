import { skaffoldPath } from "./skaffold-path.ts";

/** Compiles what the tests need, so that no test waits for it. */
await skaffoldPath().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
