import { spawn } from "node:child_process";
import { once } from "node:events";
import { PubSub } from "@google-cloud/pubsub";
import { expect, it } from "@jest/globals";
import { sharedPubSubEmulator } from "./shared-servers.ts";
import { uniqueName } from "./unique-name.ts";

const RECORDS = 100;

it("gives nothing more to a subscriber that was killed", async () => {
  const { url } = await sharedPubSubEmulator();
  const projectId = uniqueName();
  const client = new PubSub({ projectId, apiEndpoint: url, emulatorMode: true });
  const [topic] = await client.createTopic("records");
  const [subscription] = await topic.createSubscription("records", { ackDeadlineSeconds: 60 });

  const script = `
    import { PubSub } from "@google-cloud/pubsub";
    const client = new PubSub({ projectId: "${projectId}", apiEndpoint: "${url}", emulatorMode: true });
    client.subscription("records").on("message", () => process.stdout.write("received"));`;
  const killed = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await topic.publishMessage({ data: Buffer.from("for the one that is killed") });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");

  const received = new Set<string>();
  const all = new Promise<void>((resolve) => {
    subscription.on("message", (message) => {
      message.ack();
      received.add(message.data.toString());
      if (received.size === RECORDS) resolve();
    });
  });
  const startedAt = performance.now();
  for (let i = 0; i < RECORDS; i++) void topic.publishMessage({ data: Buffer.from(String(i)) });
  await all;
  // Far less than a lease, for which the dead subscriber would hold its share.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  await subscription.close();
  await client.close();
});
