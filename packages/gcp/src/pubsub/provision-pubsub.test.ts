import { sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { v1 } from "@google-cloud/pubsub";
import { describe, expect, it } from "@jest/globals";
import { googleClientOptions } from "../google-client-options.ts";
import { provisionPubSub } from "./provision-pubsub.ts";
import { pubSubNames } from "./pubsub-settings.ts";

const WEEK = { seconds: String(7 * 24 * 60 * 60) };

describe("provisionPubSub", () => {
  it("creates what is missing, and updates the settings of what exists", async () => {
    const settings = { projectId: uniqueName(), emulatorHost: (await sharedPubSubEmulator()).url };
    const { ingressTopic, ingressSubscription, ...names } = pubSubNames(settings);
    const publisher = new v1.PublisherClient(googleClientOptions(settings));
    const subscriber = new v1.SubscriberClient(googleClientOptions(settings));
    const look = async (subscription: string) => (await subscriber.getSubscription({ subscription }))[0];
    try {
      await publisher.createTopic({ name: ingressTopic });
      await subscriber.createSubscription({
        name: ingressSubscription,
        topic: ingressTopic,
        ackDeadlineSeconds: 600,
        messageRetentionDuration: { seconds: 600 },
      });
      for (let round = 0; round < 2; round += 1) {
        await provisionPubSub(settings);
        expect(await look(ingressSubscription)).toMatchObject({
          topic: ingressTopic,
          ackDeadlineSeconds: 10,
          messageRetentionDuration: WEEK,
          retryPolicy: { minimumBackoff: { seconds: "1" }, maximumBackoff: { seconds: "10" } },
          deadLetterPolicy: { deadLetterTopic: names.deadLetterTopic, maxDeliveryAttempts: 100 },
        });
        expect(await look(names.deadLetterSubscription)).toMatchObject({
          topic: names.deadLetterTopic,
          messageRetentionDuration: WEEK,
          expirationPolicy: { ttl: null },
        });
        expect((await publisher.getTopic({ topic: names.pushTopic }))[0].name).toBe(names.pushTopic);
      }
    } finally {
      await Promise.all([publisher.close(), subscriber.close()]);
    }
  });
});
