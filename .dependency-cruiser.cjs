const { BARE_WIRE } = require("./.bare-wire.cjs");
const { SOURCE, OUTSIDE } = require("./.dependency-picture.cjs");
const { COMMAND_LINE, IMAGE_PROGRAMS, KUBECTL_PLUGIN } = require("./packages/bundler/src/programs.ts");

/** What tests import besides what their room may: contract suites, real servers, and ports that need no server. */
const ANY_TEST = [
  "packages/core",
  "packages/dev-env",
  "packages/wire-user",
  "packages/in-process",
  "packages/sqlite",
];
/** What the tests of single rooms import besides. */
const ONE_ROOMS_TESTS = {
  // The environment that it gives the containers is compared with what the services read.
  "infra/cdk8s": ["services/api", "services/processor", "services/realtime"],
  "services/realtime": ["services/dev-issuer"],
};

const ROOM = "(?:packages|services|infra)/[^/]+|bench|scripts|tests";
const TEST_CODE = "(/testing/|/contracts/|\\.test\\.ts$)";
/** How depcruise types an import of a workspace by its name: from the root, and from another workspace. */
const BY_NAME = ["aliased-workspace", "undetermined"];
const WIRING = "^services/[^/]+/src/(main|wiring)\\.ts$";
const SHIPPED = [...IMAGE_PROGRAMS, KUBECTL_PLUGIN, COMMAND_LINE].map(
  ({ entry }) => `^${entry.replaceAll(".", "\\.")}$`,
);

/** Matches what is in any room but these. */
const besides = (rooms) => `^(?!(${rooms.join("|")})/)(${ROOM})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no circle", severity: "error", from: {}, to: { circular: true } },
    ...Object.entries({ ...SOURCE, ...OUTSIDE }).map(([room, allowed]) => ({
      name: `${room}: only what the picture allows`,
      severity: "error",
      from: { path: `^${room}/`, ...(room === "tests" ? {} : { pathNot: TEST_CODE }) },
      to: { path: besides([room, ...allowed]) },
    })),
    ...Object.entries({ ...SOURCE, ...OUTSIDE }).map(([room, allowed]) => ({
      name: `${room}: tests import what their source may, and what tests are made of`,
      severity: "error",
      from: { path: `^${room}/.*${TEST_CODE}` },
      to: { path: besides([room, ...allowed, ...ANY_TEST, ...(ONE_ROOMS_TESTS[room] ?? [])]) },
    })),
    {
      name: "infra imports only plain data of the adapters",
      severity: "error",
      from: { path: "^infra/", pathNot: TEST_CODE },
      to: { path: "^packages/gcp/(?!src/resources/)" },
    },
    {
      name: "every room is in the picture",
      severity: "error",
      from: { path: besides(Object.keys({ ...SOURCE, ...OUTSIDE })) },
      to: {},
    },
    {
      name: "rooms import each other by the package's name, so by what it exports",
      severity: "error",
      from: { path: `^(${ROOM})/` },
      to: { path: `^(${ROOM})/`, pathNot: "^$1/", dependencyTypesNot: BY_NAME },
    },
    {
      name: "source imports no test code",
      severity: "error",
      from: { path: `^(${ROOM})/`, pathNot: [TEST_CODE, "^packages/dev-env/", "^tests/"] },
      to: { path: TEST_CODE },
    },
    {
      name: "nothing imports the embedded process but its settings",
      severity: "error",
      from: { pathNot: "^services/embedded/" },
      to: { path: "^services/embedded/", pathNot: "^services/embedded/src/config\\.ts$" },
    },
    {
      name: "no image holds dev-env or test code",
      severity: "error",
      from: { path: SHIPPED },
      to: { path: [TEST_CODE, "^packages/dev-env/"], reachable: true },
    },
    ...["packages/core/src", "packages/service/src/settings"].map((folder) => ({
      name: `${folder} imports nothing but zod and itself`,
      severity: "error",
      from: { path: `^${folder}/`, pathNot: TEST_CODE },
      to: { pathNot: [`^${folder}/`, "node_modules/zod/"], dependencyTypesNot: ["core"] },
    })),
    {
      name: "the bare wire is for what .bare-wire.cjs lists; everything else uses the SDK",
      severity: "error",
      from: { pathNot: BARE_WIRE.map((path) => `^${path.replaceAll(".", "\\.")}`) },
      to: { path: ["(^|/)socket\\.io-client(/|$)", "/bare-user\\.ts$", "/test-client\\.ts$"] },
    },
    {
      name: "only wiring chooses adapters",
      severity: "error",
      from: { path: "^services/", pathNot: [TEST_CODE, WIRING] },
      to: { path: "^packages/(gcp|redis|sqlite|in-process)/" },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    tsPreCompilationDeps: true,
  },
};
