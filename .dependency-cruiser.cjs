/**
 * What each room may import, besides itself: the picture of docs/architecture.md, and nothing else. Tests and what
 * they alone use (`*.test.ts`, `testing/`, `contracts/`) may import any room.
 */
const ROOMS = {
  "packages/core": [],
  "packages/service": ["packages/core"],
  "packages/gcp": ["packages/core", "packages/service"],
  "packages/redis": ["packages/core", "packages/service"],
  "packages/sqlite": ["packages/core"],
  "packages/in-process": ["packages/core"],
  "services/api": ["packages/core", "packages/service", "packages/gcp", "packages/redis"],
  "services/processor": ["packages/core", "packages/service", "packages/gcp", "packages/redis"],
  "services/realtime": ["packages/core", "packages/service", "packages/gcp", "packages/redis"],
  "services/dev-issuer": ["packages/core", "packages/service"],
  "services/embedded": [
    "packages/core",
    "packages/service",
    "packages/sqlite",
    "packages/in-process",
    "services/api",
    "services/processor",
    "services/realtime",
    "services/dev-issuer",
  ],
  "infra/cdk8s": ["packages/core", "packages/service"],
  "packages/kubernetes": ["packages/core"],
  "packages/routing-service": ["packages/kubernetes", "infra/cdk8s"],
  "packages/kubectl-plugin": ["packages/kubernetes", "packages/routing-service", "infra/cdk8s"],
  "services/operator": [
    "packages/core",
    "packages/service",
    "packages/kubernetes",
    "packages/routing-service",
    "infra/cdk8s",
  ],
  "packages/wire-user": [],
  "packages/bundler": [],
};

/** What runs them all: it may import every room above, and nothing imports it but the ones behind it. */
const TOOLS = {
  "packages/dev-env": [],
  scripts: ["packages/dev-env"],
  bench: ["packages/dev-env"],
};

const TESTS = "(/testing/|/contracts/|\\.test\\.ts$)";
const SERVICES_WIRING = "^services/[^/]+/(src/(main|wiring)\\.ts$|testing/)";

const except = (room, allowed) => {
  const others = [room, ...allowed].map((each) => `${each}/`).join("|");
  return `^(?!${others})(packages|services|infra|scripts|bench|tests)/`;
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    ...Object.entries(ROOMS).map(([room, allowed]) => ({
      name: `${room} imports what the picture allows`,
      severity: "error",
      from: { path: `^${room}/`, pathNot: TESTS },
      to: { path: except(room, allowed) },
    })),
    ...Object.entries(TOOLS).map(([room, allowed]) => ({
      name: `${room} imports what the picture allows`,
      severity: "error",
      from: { path: `^${room}/`, pathNot: TESTS },
      to: { path: except(room, [...Object.keys(ROOMS), ...allowed]) },
    })),
    {
      name: "source imports no tests",
      severity: "error",
      from: { path: "^(packages/(?!dev-env/)|services/|infra/)", pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: "core knows no technology",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: TESTS },
      to: { dependencyTypes: ["npm", "npm-dev"], pathNot: "node_modules/zod/" },
    },
    {
      name: "only wiring chooses adapters",
      severity: "error",
      from: { path: "^services/", pathNot: `${TESTS}|${SERVICES_WIRING}` },
      to: { path: "^packages/(gcp|redis|sqlite|in-process)/" },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)node_modules/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    tsPreCompilationDeps: true,
  },
};
