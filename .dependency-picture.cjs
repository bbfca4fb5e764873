/** What the source of each room may import besides the room itself: the picture in docs/architecture.md. */
const SOURCE = {
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
    "packages/client",
  ],
  "infra/cdk8s": ["packages/core", "packages/service", "packages/gcp"],
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
  "packages/client": [],
  "packages/cli": ["packages/core", "packages/service", "packages/gcp", "packages/sqlite", "packages/client"],
  "packages/wire-user": ["packages/client"],
  "packages/bundler": [],
};

/** What runs the product, from the outside. No room above imports these, and none of these another but dev-env. */
const PRODUCT = Object.keys(SOURCE).filter((room) => room !== "services/embedded");
const OUTSIDE = {
  "packages/dev-env": PRODUCT,
  bench: [...PRODUCT, "packages/dev-env"],
  // The reference documentation lists the settings of the embedded process too.
  scripts: [...PRODUCT, "packages/dev-env", "services/embedded"],
  tests: [...PRODUCT, "packages/dev-env"],
};

module.exports = { SOURCE, OUTSIDE };
