import { clusterBinary } from "./build-binary.ts";
import { helmPath } from "./helm.ts";
import { kubeconformPath, kubeScorePath } from "./validation-tools.ts";

/** Builds and fetches what the tests need, so that no test waits for it. */
try {
  await clusterBinary();
  await helmPath();
  await kubeconformPath();
  await kubeScorePath();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
