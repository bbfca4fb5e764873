import { clusterBinary } from "../cluster/build-binary.ts";
import { buildImage } from "../images/build-image.ts";
import { redisServerPath, requireEmulators } from "../servers/index.ts";
import { runInNamespaces } from "./node/namespaces.ts";
import { buildPauseImage } from "./node/pause-image.ts";
import { machineToEnv } from "./node/pod-machine.ts";
import { missingPrerequisites } from "./node/prerequisites.ts";
import { runtimeBinaries } from "./node/runtime-binaries.ts";

/*
 * `npm run test:pods`: builds and fetches what is needed, then runs Jest in namespaces where a kubelet cannot change this
 * machine. Arguments are Jest's.
 */
const JEST = [
  "--experimental-vm-modules",
  "--disable-warning=ExperimentalWarning",
  "node_modules/jest/bin/jest.js",
];

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
}

try {
  const missing = await missingPrerequisites();
  if (missing.length > 0)
    throw new Error(`Pods cannot run here:\n${missing.map((m) => `  - ${m}`).join("\n")}`);
  // Check first what the machine needs, then fetch and build: the namespaces have no route out.
  await requireEmulators();
  await redisServerPath();
  await clusterBinary();
  await runtimeBinaries();
  const images = [await buildPauseImage()];
  for (const service of ["api", "processor", "realtime"]) {
    ending.signal.throwIfAborted();
    images.push((await buildImage(service)).archive);
  }
  ending.signal.throwIfAborted();
  const { exitCode } = await runInNamespaces(
    (machine) => {
      const variables = { ...machineToEnv({ ...machine, images }), SUITE: "pods" };
      const env = Object.entries(variables).map(([k, v]) => `${k}=${v}`);
      return ["env", ...env, process.execPath, ...JEST, ...process.argv.slice(2)];
    },
    { signal: ending.signal },
  );
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
