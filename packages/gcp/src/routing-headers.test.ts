import type { MessageId } from "@dumbwaiter/core";
import { eventually, freshUser, testClock } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startRefusingServer } from "../testing/refusing-server.ts";
import { openFirestore } from "./firestore/open-firestore.ts";
import { DeadLetterInbox } from "./pubsub/dead-letter-inbox.ts";
import { openPubSub } from "./pubsub/open-pubsub.ts";

const ID = "0193b7a0-0000-7000-8000-000000000000" as MessageId;

describe("routing headers", () => {
  let server: Awaited<ReturnType<typeof startRefusingServer>>;

  beforeEach(async () => {
    server = await startRefusingServer();
  });
  afterEach(() => server.close());

  const failed = (call: Promise<unknown>) => call.catch(() => {});

  it("name project and database in each call to Firestore", async () => {
    const { emulatorHost, received } = server;
    const store = openFirestore({
      ...{ projectId: "a-project", databaseId: "a-database", emulatorHost },
      ...{ clock: testClock(), messageTtlMs: 1e9, maxDevices: 2 },
    });
    const user = freshUser();
    const address = { user, queue: "default" as never };
    await failed(store.queues.page(address, { limit: 1, maxBytes: 1 }));
    await failed(store.queues.store([{ id: ID, envelope: Buffer.from("{}"), queues: [address] }]));
    await failed(store.queues.delete(address, [ID]));
    await failed(store.devices.lookup([user]));
    await store.close();
    expect([...received.keys()].sort()).toEqual(["BatchGetDocuments", "BatchWrite", "Commit", "RunQuery"]);
    for (const headers of received.values()) {
      expect(headers).toMatchObject({
        "x-goog-request-params": "project_id=a-project&database_id=a-database",
        "google-cloud-resource-prefix": "projects/a-project/databases/a-database",
      });
    }
  });

  it("name the topic or the subscription in each call to Pub/Sub", async () => {
    const { emulatorHost, received } = server;
    const settings = { projectId: "a-project", emulatorHost };
    const pubsub = openPubSub(settings);
    await failed(pubsub.publisher.publish({ data: Buffer.from("{}"), attributes: {} }));
    const consumer = pubsub.consumer({ maxMessages: 1, maxBytes: 1 });
    await consumer.start(() => {});
    await eventually(() => expect([...received.keys()]).toContain("StreamingPull"));
    await pubsub.close();
    const inbox = new DeadLetterInbox(settings);
    await failed(inbox.list(() => {}));
    await inbox.close();
    const params = [...received].map(([method, headers]) => [
      method,
      decodeURIComponent(headers["x-goog-request-params"] as string),
    ]);
    expect(Object.fromEntries(params)).toEqual({
      Publish: "topic=projects/a-project/topics/dumbwaiter-ingress",
      StreamingPull: "subscription=projects/a-project/subscriptions/dumbwaiter-processor",
      Pull: "subscription=projects/a-project/subscriptions/dumbwaiter-dead-letter",
    });
  });
});
