import { spawn } from "node:child_process";
import { once } from "node:events";
import { PubSub } from "@google-cloud/pubsub";
import { expect, it } from "@jest/globals";
import { sharedPubSubEmulator } from "./shared-servers.ts";
import { uniqueName } from "./unique-name.ts";

const RECORDS = 20;
const LEASE_MS = 30_000;

it("delivers nothing more to a subscriber that was killed", async () => {
  const { url } = await sharedPubSubEmulator();
  const projectId = uniqueName();
  const client = new PubSub({ projectId, apiEndpoint: url, emulatorMode: true });
  const [topic] = await client.createTopic("records");
  const [subscription] = await topic.createSubscription("records", { ackDeadlineSeconds: LEASE_MS / 1_000 });

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

  subscription.on("message", (message) => {
    message.ack();
    subscription.emit(message.data.toString());
  });
  const waits: number[] = [];
  for (let i = 0; i < RECORDS; i++) {
    const startedAt = performance.now();
    const received = once(subscription, `record-${i}`);
    await topic.publishMessage({ data: Buffer.from(`record-${i}`) });
    await received;
    waits.push(performance.now() - startedAt);
  }
  await subscription.close();
  await client.close();
  // The dead one would have received its share, and held each for a lease.
  expect(Math.max(...waits)).toBeLessThan(LEASE_MS / 2);
});
