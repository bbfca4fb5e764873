import type { Mutant } from "./mutant.ts";

const CREATE_LIMITS = "packages/core/src/use-cases/create-limits.ts";
const IN_MEMORY = "packages/in-process/src/in-memory-token-buckets.test.ts";
const HIDDEN_NAMES = "packages/redis/src/limits/hidden-names.test.ts";
const NAME_KEYS = "packages/gcp/src/firestore/firestore-name-keys.ts";
const FIRESTORE = "packages/gcp/src/firestore/firestore-contracts.test.ts";

/** A flood without senders silences nobody, and limits keep no names. */
export const LIMIT_MUTANTS: readonly Mutant[] = [
  {
    file: CREATE_LIMITS,
    from: "bucket: recipient.bytesOfAccessKey",
    to: "bucket: recipient.bytes",
    test: IN_MEMORY,
    name: "let identified senders through, however many bytes",
  },
  {
    file: CREATE_LIMITS,
    from: "bucket: recipient.messagesOfSender",
    to: "bucket: recipient.messages",
    test: IN_MEMORY,
    name: "let identified senders through, whatever bearers of the key send",
  },
  {
    file: CREATE_LIMITS,
    from: "bucket: part.messages",
    to: "bucket: recipient.messagesOfSender",
    test: IN_MEMORY,
    name: "give one network a quarter of the key's share",
  },
  {
    file: "packages/core/src/use-cases/limit-buckets.ts",
    from: "const NETWORKS_IN_UNKNOWN = 16;",
    to: "const NETWORKS_IN_UNKNOWN = 1;",
    test: IN_MEMORY,
    name: "let the unknown network do 16 times as much",
  },
  {
    file: CREATE_LIMITS,
    from: "hashOf(networkName(network))",
    to: "networkName(network)",
    test: HIDDEN_NAMES,
    name: "names a sender, a network or an access key neither as it is",
  },
  {
    file: CREATE_LIMITS,
    from: "{name}\\n",
    to: "{name}`); //",
    test: HIDDEN_NAMES,
    name: "gives each installation, and each key in turn, hashes of its own",
  },
  {
    file: "packages/core/src/model/limits/name-key.ts",
    from: "key.export()",
    to: "key.export().fill(0)",
    test: HIDDEN_NAMES,
    name: "gives each installation, and each key in turn, hashes of its own",
  },
  {
    file: NAME_KEYS,
    from: "updateTime ? { updateTime } : { exists: false }",
    to: "updateTime ? { updateTime } : {}",
    test: FIRESTORE,
    name: "are one for all processes, even for those that come first at once",
  },
  {
    file: NAME_KEYS,
    from: " && madeAt >= notBefore",
    to: "",
    test: FIRESTORE,
    name: "are replaced once they are too old",
  },
  {
    file: "services/api/src/http/hold-bytes.ts",
    from: "let kept = whenGone;",
    to: "let kept = 0;",
    test: "services/api/src/http/cut-answers.test.ts",
    name: "holds bytes for work that goes on when its client has gone",
  },
  {
    file: "services/api/src/http/take-body.ts",
    from: "      waiting.remove(waiter);\n      return handler()",
    to: "      return handler()",
    test: "services/api/src/http/take-body.test.ts",
    name: "ends connections when too much of a network's bodies waits",
  },
  {
    file: "services/api/src/http/hold-bytes.ts",
    from: '(leave) => response.once("close", leave),',
    to: "() => {},",
    test: "services/api/src/http/take-body.test.ts",
    name: "ends connections when too much of a network's bodies waits",
  },
  {
    file: "services/api/src/routes/messages-router.ts",
    from: "{ bytes, whenGone: ABANDONED_PULL_BYTES }",
    to: "{ bytes }",
    test: "services/api/src/routes/unread-answers.test.ts",
    name: "gives most of its bytes back when its client goes, though the store has not answered",
  },
  {
    file: "services/api/src/http/answer-pull.ts",
    from: "await untilGone(response, beforePart(messages, bytes));",
    to: "await beforePart(messages, bytes);",
    test: "services/api/src/http/answer-pull.test.ts",
    name: "lets go of a part that waits to be written when the client goes",
  },
];
