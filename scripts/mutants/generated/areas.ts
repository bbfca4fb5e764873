/** Files that carry guarantees, and the test files that stand for them, as globs. */
export interface Area {
  readonly name: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

const TOKENS = "packages/service/src/tokens";
const PROCESSOR = "services/processor/src";
const REALTIME = "services/realtime/src";

export const AREAS: readonly Area[] = [
  {
    name: "model",
    sources: ["packages/core/src/model/**/*.ts"],
    tests: ["packages/core/src/model/**/*.test.ts"],
  },
  {
    name: "use-cases",
    sources: ["packages/core/src/use-cases/*.ts"],
    tests: ["packages/core/src/use-cases/*.test.ts", "packages/in-process/src/*.test.ts"],
  },
  {
    name: "processor",
    sources: [`${PROCESSOR}/{processor,outages}.ts`, `${PROCESSOR}/{intake,processing,sweep}/*.ts`],
    tests: [`${PROCESSOR}/**/*.test.ts`],
  },
  {
    name: "session",
    sources: [`${REALTIME}/{session/{session,feed,window,ack-probe,token-expiry},node/expired-tokens}.ts`],
    tests: [`${REALTIME}/session/*.test.ts`, `${REALTIME}/node/{resync,push-on-close}.test.ts`],
  },
  {
    name: "sqlite",
    sources: [
      "packages/sqlite/src/worker/{group-commit,ingress-operations,message-operations,device-operations}.ts",
      "packages/sqlite/src/sqlite-{ingress-*,message-queues,expiry}.ts",
    ],
    tests: ["packages/sqlite/src/**/!(*.outages).test.ts"],
  },
  {
    name: "redis",
    sources: ["packages/redis/src/limits/*.ts"],
    tests: ["packages/redis/src/limits/*.test.ts", "packages/redis/src/redis-contracts.test.ts"],
  },
  {
    name: "google",
    sources: [
      "packages/gcp/src/pubsub/{pubsub-ingress-consumer,pull-allowance}.ts",
      "packages/gcp/src/firestore/{firestore-message-queues,firestore-store-messages,low-water-marks,partial-writes}.ts",
    ],
    tests: [
      "packages/gcp/src/pubsub/pubsub-{contracts,ingress-consumer,leases,pull-streams}.test.ts",
      "packages/gcp/src/pubsub/pull-allowance.test.ts",
      "packages/gcp/src/firestore/firestore-{contracts,expiry,hot-spots,lost-answers,operations}.test.ts",
      "packages/gcp/src/firestore/{low-water-marks,partial-writes}.test.ts",
    ],
  },
  {
    name: "tokens",
    sources: [`${TOKENS}/*.ts`],
    tests: [`${TOKENS}/*.test.ts`],
  },
  {
    name: "operator",
    sources: [
      "packages/routing-service/src/{prune,ownership,owned-object,operator-of,routing-service}.ts",
      "services/operator/src/leadership/{fenced-client,leader-lease}.ts",
    ],
    tests: [
      "packages/routing-service/src/*.test.ts",
      "services/operator/src/leadership/!(*.cluster).test.ts",
    ],
  },
];
