import type { Mutant } from "./mutant.ts";

const SENDS = "services/api/src/routes/send-anonymously.test.ts";
const CHECK = "packages/core/src/use-cases/check-access-key.ts";
const CHECK_TEST = "packages/core/src/use-cases/check-access-key.test.ts";

/** Who says nothing of itself needs the recipient's access key, and learns nothing of the recipient. */
export const ANONYMOUS_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/core/src/use-cases/send-message.ts",
    from: "await admitAccessKey(recipient, sender);",
    to: "",
    test: SENDS,
    name: "answers byte for byte the same",
  },
  {
    file: CHECK,
    from: "ageMs < ACCESS_KEY_CACHE_MS",
    to: "ageMs < 60_000",
    test: SENDS,
    name: "is refused by every process within 10 s",
  },
  {
    file: CHECK,
    from: "const since = clock.now();\n    const key = await lookup(recipient);",
    to: "const key = await lookup(recipient);\n    const since = clock.now();",
    test: CHECK_TEST,
    name: "is as old as the look for it",
  },
  {
    file: CHECK,
    from: "isSameAccessKey(await others, key)",
    to: "(await others)",
    test: CHECK_TEST,
    name: "that refuse began after the call",
  },
  {
    file: "packages/core/src/use-cases/remove-device.ts",
    from: "await accessKeys.remove(user);",
    to: "",
    test: "services/api/src/routes/access-key-router.test.ts",
    name: "goes with the user",
  },
  {
    file: "packages/client/src/http/http-api.ts",
    from: "refuseWrongOptions(sendOptions);",
    to: "",
    test: "packages/client/src/anonymous/anonymous-sender.test.ts",
    name: "is refused before anything is sent",
  },
];
