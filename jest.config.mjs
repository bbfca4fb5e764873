/*
 * A file named `*.<suite>.test.ts` belongs to that suite, any other `*.test.ts` to `unit`. The npm scripts choose one
 * by SUITE: `npm run test:cluster`, …
 */
/** @type {Record<string, import('jest').Config>} */
const SUITES = {
  // Most files wait for servers rather than compute, so there are more workers than cores. On two cores all take 137 s
  // with five, 127 s with seven and 122 s with eight, and each worker takes a gigabyte of memory in the end. The first
  // file that asks for an emulator waits for its JVM, perhaps on a busy machine.
  unit: { testTimeout: 180_000, maxWorkers: 7 },
  // Our programs as processes, which compute while they start, and Redis as a cluster or with TLS, ACL or IAM.
  system: { testTimeout: 180_000, maxWorkers: 5 },
  // The demo page in Chromium. What waits for a page fails after 150 s and says what it waited for.
  browser: { testTimeout: 400_000, maxWorkers: 1 },
  // Servers of a test's own fail, for a minute each: what runs here mostly waits.
  outages: { testTimeout: 120_000, maxWorkers: 2 },
  // Attacks beside an honest user, one after the other: each must have the machine for itself.
  hostile: { testTimeout: 240_000, maxWorkers: 1 },
  // On a real Kubernetes API. What waits for the cluster fails after two minutes and says what it waited for.
  cluster: { testTimeout: 300_000, maxWorkers: 2 },
  // Clients in other languages, a browser and a cold clone: pip, Maven and npm fetch packages the first time. One after
  // the other: some must reconnect within 2 s.
  examples: { testTimeout: 300_000, maxWorkers: 1 },
  // Builds images, as root: minutes the first time.
  images: { testTimeout: 1_800_000, maxWorkers: 1 },
  // What checkov and kube-score find in manifests, promtool in alerts, and actionlint in the workflow. The first run
  // installs checkov and unpacks promtool.
  judges: { testTimeout: 900_000, maxWorkers: 1 },
  // Makes a release twice, and installs it.
  release: { testTimeout: 600_000, maxWorkers: 1 },
  // Builds and deploys with skaffold.
  skaffold: { testTimeout: 1_800_000, maxWorkers: 1 },
  // Generates and compiles clients, one after the other; the first run installs the generators.
  clients: { testTimeout: 600_000, maxWorkers: 1 },
  // Runs real pods. A failed test may leave clients behind; the whole machine ends with Jest.
  pods: { testTimeout: 60_000, maxWorkers: 1, forceExit: true },
};

const suite = process.env.SUITE || "unit";
if (!SUITES[suite]) throw new Error(`SUITE is ${suite}, not one of ${Object.keys(SUITES).join(", ")}`);
const others = Object.keys(SUITES).filter((name) => name !== "unit");

/** @type {import('jest').Config} */
export default {
  ...SUITES[suite],
  // Jest ends a worker that takes longer, and says that it failed to exit. Its default, half a second, is too little on a
  // busy machine.
  workerGracefulExitTimeout: 10_000,
  testEnvironment: "<rootDir>/packages/dev-env/src/jest/test-environment.mts",
  extensionsToTreatAsEsm: [".ts"],
  roots: ["packages", "services", "infra", "tests", "scripts", "bench"].map(
    (folder) => `<rootDir>/${folder}`,
  ),
  testRegex: suite === "unit" ? `(?<!\\.(${others.join("|")}))\\.test\\.ts$` : `\\.${suite}\\.test\\.ts$`,
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          parser: { syntax: "typescript" },
          target: "es2024",
          experimental: { keepImportAttributes: true },
        },
        module: { type: "es6" },
      },
    ],
  },
  globalSetup: "<rootDir>/packages/dev-env/src/jest/global-setup.mts",
  globalTeardown: "<rootDir>/packages/dev-env/src/jest/global-teardown.mts",
};
