export { dependencyProblem, kindName } from "./dependencies.ts";
export * from "./desired-state.ts";
export { apiVersionOf, hasSameOwner, isOwned, leftovers } from "./leftovers.ts";
export * from "./owned-object.ts";
export * from "./read-spec.ts";
export * from "./rollout.ts";
export * from "./routing-service.ts";
export { withReplicas } from "./with-replicas.ts";
