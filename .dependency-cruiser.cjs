/** Dependencies point inward: services → adapters → core. Only the embedded process holds everything. */
const ADAPTERS = "^packages/(gcp|redis|platform|embedded)/";
const TESTS = "/testing/|\\.test\\.ts$";

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-imports-no-sibling",
      severity: "error",
      from: { path: "^packages/core/" },
      to: { path: "^(packages/(?!core/)|services/|tests/)" },
    },
    {
      name: "core-knows-no-technology",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm", "npm-dev"], pathNot: "node_modules/zod/" },
    },
    {
      name: "service-and-adapters-import-core-alone",
      severity: "error",
      from: { path: "^packages/(service|gcp|redis|kubernetes)/" },
      to: { path: "^(packages/(?!core/|$1/)|services/)" },
    },
    {
      name: "what-is-applied-knows-no-service",
      severity: "error",
      from: { path: "^packages/routing-service/" },
      to: { path: "^(packages/(?!kubernetes/|routing-service/)|services/)" },
    },
    {
      name: "services-do-not-know-each-other",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/(?!$1/)" },
    },
    {
      name: "services-run-without-the-embedded-process",
      severity: "error",
      from: { path: "^services/", pathNot: TESTS },
      to: { path: "^packages/embedded/" },
    },
    {
      name: "only-the-entry-chooses-adapters",
      severity: "error",
      from: { path: "^services/", pathNot: `${TESTS}|/(main|production-dependencies)\\.ts$` },
      to: { path: ADAPTERS },
    },
    {
      name: "source-does-not-import-tests",
      severity: "error",
      from: { path: "^(packages|services)/[^/]+/src/", pathNot: TESTS },
      to: { path: `^tests/|/contracts/|${TESTS}` },
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
