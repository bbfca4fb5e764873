import type { Mutant } from "./mutant.ts";

const TEST = "tests/guarantees/6-learns-little.test.ts";
const NAME = "keeps no sender anywhere, and no payload or token in logs";
const REQUESTS = "services/realtime/src/requests/requests.ts";

/** What a client sends is in no log, whether it is accepted or refused. */
export const LEARNS_LITTLE_MUTANTS: readonly Mutant[] = [
  {
    file: REQUESTS,
    from: "if (args.some(isAmbiguous)) throw duplicateKey();",
    to: "Object.assign(log, { given: JSON.stringify(args) });",
    test: TEST,
    name: NAME,
  },
  {
    file: REQUESTS,
    from: "{ request: name, ...log }",
    to: "{ request: event, ...log }",
    test: TEST,
    name: NAME,
  },
];
