import type { Mutant } from "./mutant.ts";

const SRC = "packages/routing-service/src";
const PRUNE = `${SRC}/prune.test.ts`;

/** The operator deletes nothing that is not its own, and what is at Google only when it is to go. */
export const OPERATOR_MUTANTS: readonly Mutant[] = [
  {
    file: `${SRC}/prune.ts`,
    from: "isManaged && hasOwner(live, uid) && !isTerminating",
    to: "isManaged && !isTerminating",
    test: PRUNE,
    name: "leaves alone an object that",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "isManaged && hasOwner(live, uid) && !isTerminating",
    to: "hasOwner(live, uid) && !isTerminating",
    test: PRUNE,
    name: "leaves alone an object that",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "isManaged && hasOwner(live, uid) && !isTerminating",
    to: "isManaged && hasOwner(live, uid)",
    test: PRUNE,
    name: "leaves alone an object that",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "await client.delete(live, { uid, dryRun });",
    to: "await client.delete(live, { dryRun });",
    test: PRUNE,
    name: "and no other that has its name by then",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "if (mustAbandon && !isAbandoned) {",
    to: "if (isAbandoned) {",
    test: PRUNE,
    name: "leaves at Google what the spec leaves to somebody else",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "isConfigConnectors(live) && leavesCloudResources(desired)",
    to: "isConfigConnectors(live)",
    test: PRUNE,
    name: "deletes at Google what a spec with such objects no longer names",
  },
  {
    file: `${SRC}/prune.ts`,
    from: ".filter(([key]) => !desired.has(key))",
    to: "",
    test: PRUNE,
    name: "is what the status lists or what is owned",
  },
  {
    file: `${SRC}/prune.ts`,
    from: "if (!object.isTerminating) entries",
    to: "entries",
    test: PRUNE,
    name: "is what the status lists or what is owned",
  },
  {
    file: `${SRC}/routing-service.ts`,
    from: "owner.uid === uid",
    to: "owner.uid !== undefined",
    test: PRUNE,
    name: "leaves alone an object that",
  },
];
