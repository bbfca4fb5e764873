/**
 * Who uses the API without the SDK: code that looks at the wire itself, such as status codes, headers, windows,
 * duplicates, the order of events, or what stock and hostile clients do. Each file says why in a comment, "Bare: …";
 * the files of a folder are all of that kind.
 */
const BARE_WIRE = [
  "bench/load/idle-sockets.ts",
  "bench/load/sender.ts",
  "bench/resync/resync-model.ts",
  "packages/client/src/socket/socket-connection.ts",
  "packages/core/contracts/delivery-bus.contract.ts",
  "packages/dev-env/src/hostile/",
  "packages/dev-env/src/observe/marked-caller.ts",
  "packages/dev-env/src/observe/test-client.ts",
  "packages/dev-env/src/traffic/anonymous-sender.ts",
  "packages/wire-user/src/bare-user.ts",
  "services/api/src/main.system.test.ts",
  "services/realtime/",
  "tests/docs/socket-api.test.ts",
  "tests/guarantees/3-deletes-on-ack.test.ts",
  "tests/guarantees/4-nothing-gets-stuck.test.ts",
  "tests/guarantees/5-order.test.ts",
  "tests/guarantees/6-learns-little.test.ts",
  "tests/guarantees/7-ephemeral.test.ts",
  "tests/guarantees/8-no-harm.test.ts",
  "tests/monitoring/faults.judges.test.ts",
  "tests/operator/life-of-an-installation.ts",
  "tests/outages/answers-on-disk.outages.test.ts",
  "tests/outages/sigterm.outages.test.ts",
  "tests/stack/counted-operations.system.test.ts",
  "tests/stack/message-budget.system.test.ts",
  "tests/stack/no-framework-named.test.ts",
  "tests/stack/nothing-that-links.system.test.ts",
  "tests/stack/one-message.system.test.ts",
  "tests/stack/story.system.test.ts",
];

module.exports = { BARE_WIRE };
