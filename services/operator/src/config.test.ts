import { expect, it } from "@jest/globals";
import { OPERATOR_SETTINGS } from "./config.ts";

it("the operator reads what concerns its process, the cluster and the leader lease", () => {
  expect(OPERATOR_SETTINGS.variables.map(({ name }) => name)).toEqual([
    "HOST",
    "ADMIN_PORT",
    "SHUTDOWN_GRACE_SECONDS",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "KUBECONFIG",
    "WATCH_NAMESPACES",
    "WATCH_SELECTOR",
    "POD_NAME",
    "POD_NAMESPACE",
    "LEADER_ELECTION",
    "LEASE_NAME",
    "LEASE_SECONDS",
    "RESYNC_SECONDS",
    "RECONCILE_CONCURRENCY",
  ]);
});
