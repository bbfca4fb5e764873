import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { v1 } from "@google-cloud/pubsub";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { googleClientOptions } from "../google-client-options.ts";
import { explain, type SetupFault } from "../setup-faults.ts";
import { openPubSub, type PubSub } from "./open-pubsub.ts";
import { provisionPubSub } from "./provision-pubsub.ts";
import { type PubSubSettings, pubSubNames } from "./pubsub-settings.ts";

const RECORD = { data: Buffer.from("{}"), attributes: {} };

describe("an ingress topic without its subscription", () => {
  let settings: PubSubSettings;
  let pubsub: PubSub;
  let subscriber: v1.SubscriberClient;
  let faults: SetupFault[];

  beforeEach(async () => {
    faults = [];
    const { url: emulatorHost } = await sharedPubSubEmulator();
    settings = { projectId: uniqueName(), emulatorHost, timeoutMs: EMULATOR_TIMEOUT_MS };
    await provisionPubSub(settings);
    subscriber = new v1.SubscriberClient(googleClientOptions(settings));
    pubsub = openPubSub({ ...settings, onSetupFault: (fault) => faults.push(fault) });
  });
  afterEach(async () => {
    await pubsub.close();
    await subscriber.close();
  });

  const names = () => pubSubNames(settings);
  const deleteIt = () => subscriber.deleteSubscription({ subscription: names().ingressSubscription });
  const publish = () => pubsub.publisher.publish(RECORD);

  it("is refused what would be lost, until it has one again", async () => {
    pubsub.watchIngress();
    await publish();
    await deleteIt();
    await eventually(() => expect(publish()).rejects.toBeInstanceOf(UnavailableError));
    expect(pubsub.isIngressMissing()).toBe(true);
    const fault = faults[0] as SetupFault;
    expect(fault).toMatchObject({ code: "NOT_FOUND", resource: names().ingressTopic });
    expect(explain(fault)).toMatch(/ingress has no subscription, so messages would be lost/);
    await provisionPubSub(settings);
    await eventually(publish);
    expect(pubsub.isIngressMissing()).toBe(false);
  });

  it("is told of when its subscription belongs to another topic", async () => {
    await deleteIt();
    const { ingressSubscription: name, pushTopic: topic } = names();
    await subscriber.createSubscription({ name, topic });
    pubsub.watchIngress();
    await eventually(() => expect(publish()).rejects.toBeInstanceOf(UnavailableError));
  });

  it("is told of by the consumer, with the subscription and what is being lost", async () => {
    await pubsub.consumer({ maxMessages: 1, maxBytes: 1 }).start(() => {});
    expect(pubsub.isIngressMissing()).toBe(false);
    await deleteIt();
    await eventually(() => expect(pubsub.isIngressMissing()).toBe(true));
    const fault = faults[0] as SetupFault;
    expect(fault).toMatchObject({ code: "NOT_FOUND", resource: names().ingressSubscription });
    expect(explain(fault)).toMatch(/processor does not exist, so accepted messages are being lost/);
    await provisionPubSub(settings);
    await eventually(() => expect(pubsub.isIngressMissing()).toBe(false));
  });
});
