import { once } from "node:events";
import { createServer, type Http2Server, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import type { MessageId } from "@dumbwaiter/core";
import { eventually, freshUser, testClock } from "@dumbwaiter/core/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { openFirestore } from "./firestore/open-firestore.ts";
import { DeadLetterInbox } from "./pubsub/dead-letter-inbox.ts";
import { openPubSub } from "./pubsub/open-pubsub.ts";

const ID = "0193b7a0-0000-7000-8000-000000000000" as MessageId;

/** Refuses each call as invalid, and keeps its headers: Google's front end looks at nothing else. */
describe("routing headers", () => {
  const received = new Map<string, IncomingHttpHeaders>();
  let server: Http2Server;
  let emulatorHost: string;

  beforeAll(async () => {
    server = createServer().on("stream", (stream, headers) => {
      received.set(headers[":path"]?.split("/").at(-1) ?? "", headers);
      stream.on("error", () => {});
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "3" },
        { endStream: true },
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    emulatorHost = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));
  beforeEach(() => received.clear());

  const failed = (call: Promise<unknown>) => call.catch(() => {});

  it("name project and database in each call to Firestore", async () => {
    const store = openFirestore({
      ...{ projectId: "a-project", databaseId: "a-database", emulatorHost },
      ...{ clock: testClock(), messageTtlMs: 1e9, maxDevices: 2 },
    });
    const user = freshUser();
    const address = { user, queue: "default" as never };
    await failed(store.queues.page(address, { limit: 1, maxBytes: 1 }));
    await failed(store.queues.delete(address, [ID]));
    await failed(store.devices.lookup([user]));
    await store.close();
    expect([...received.keys()].sort()).toEqual(["BatchGetDocuments", "Commit", "RunQuery"]);
    for (const headers of received.values()) {
      expect(headers).toMatchObject({
        "x-goog-request-params": "project_id=a-project&database_id=a-database",
        "google-cloud-resource-prefix": "projects/a-project/databases/a-database",
      });
    }
  });

  it("name the topic or the subscription in each call to Pub/Sub", async () => {
    const settings = { projectId: "a-project", emulatorHost };
    const pubsub = openPubSub(settings);
    await failed(pubsub.publisher.publish({ data: Buffer.from("{}"), attributes: {} }));
    const consumer = pubsub.consumer({ maxMessages: 1, maxBytes: 1 });
    await consumer.start(() => {});
    await eventually(async () => expect([...received.keys()]).toContain("StreamingPull"));
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
