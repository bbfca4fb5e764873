import { clusterBinary } from "./build-binary.ts";
import { helmPath } from "./helm.ts";

/** Builds and fetches what the tests need, so that no test waits for it. */
try {
  await clusterBinary();
  await helmPath();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
