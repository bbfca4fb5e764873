import firestore from "@google-cloud/firestore";
import { type protos, v1 } from "@google-cloud/pubsub";
import { credentials } from "@grpc/grpc-js";
import { Redis } from "ioredis";

/** What this process, a child of `bare-processor-floor.ts`, is told by its argument. */
export interface BareProcessor {
  readonly projectId: string;
  readonly subscription: string;
  /** `host:port` of the emulators. */
  readonly pubsub: string;
  readonly firestore: string;
  readonly redisPort: number;
}

type Received = protos.google.pubsub.v1.IReceivedMessage;

const MAX_MESSAGES = 500;
/** Batches at the same time, so that one is pulled while another is stored. */
const LOOPS = 4;

const settings = JSON.parse(process.argv[2] ?? "") as BareProcessor;
const subscriber = new v1.SubscriberClient(clientOptions(settings.pubsub));
const store = new firestore.v1.FirestoreClient(clientOptions(settings.firestore));
const redis = new Redis(settings.redisPort, "127.0.0.1");
const subscription = `projects/${settings.projectId}/subscriptions/${settings.subscription}`;
const database = `projects/${settings.projectId}/databases/(default)`;

function clientOptions(url: string) {
  const [servicePath, port] = url.split(":") as [string, string];
  return {
    ...{ projectId: settings.projectId, servicePath, port: Number(port) },
    sslCreds: credentials.createInsecure(),
    clientOptions: { universeDomain: "googleapis.com" },
  };
}

/** The work of the processor, without its checks, guarantees, metrics and device lookups. */
async function processBatch(messages: readonly Received[]): Promise<void> {
  await store.commit({
    database,
    writes: messages.map(({ message }) => ({
      update: {
        name: `${database}/documents/users/u:${message?.attributes?.recipient}/queues/default/messages/${message?.attributes?.id}`,
        fields: { envelope: { bytesValue: message?.data ?? "" } },
      },
      updateTransforms: [{ fieldPath: "storedAt", setToServerValue: "REQUEST_TIME" }],
    })),
  });
  const pipeline = redis.pipeline();
  for (const { message } of messages) {
    const data = `{"id":"${message?.attributes?.id}","envelope":${Buffer.from(message?.data ?? "").toString()}}`;
    pipeline.spublish(`${message?.attributes?.recipient}/default`, data);
  }
  await pipeline.exec();
  const ackIds = messages.map(({ ackId }) => ackId as string);
  await subscriber.acknowledge({ subscription, ackIds });
  process.send?.(messages.length);
}

async function loop(): Promise<void> {
  while (process.connected) {
    try {
      const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: MAX_MESSAGES });
      if (receivedMessages?.length) await processBatch(receivedMessages);
    } catch (error) {
      // A pull that finds nothing ends at its deadline.
      if ((error as { code?: number }).code !== 4) throw error;
    }
  }
}

process.once("disconnect", () => process.exit());
for (let each = 0; each < LOOPS; each += 1) void loop();
