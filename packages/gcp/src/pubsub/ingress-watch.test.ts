import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { v1 } from "@google-cloud/pubsub";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { GoogleClient } from "../google-client.ts";
import { googleClientOptions } from "../google-client-options.ts";
import { explain, type SetupFault } from "../setup-faults.ts";
import { INGRESS_WATCH_MS, IngressWatch } from "./ingress-watch.ts";
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
    await pubsub.watchIngress();
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
    await pubsub.watchIngress();
    await expect(publish()).rejects.toBeInstanceOf(UnavailableError);
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

describe("a look that fails", () => {
  afterEach(() => void jest.useRealTimers());

  /** What each look finds: names of subscriptions, or an error. */
  async function watch(...answers: readonly (readonly string[] | status)[]) {
    jest.useFakeTimers();
    const left = [...answers];
    const publisher = {
      initialize: async () => {},
      close: async () => {},
      async listTopicSubscriptions() {
        const answer = left.shift();
        if (typeof answer === "number") throw Object.assign(new Error(status[answer]), { code: answer });
        return [answer, null, {}];
      },
    } as unknown as v1.PublisherClient;
    const watched = new IngressWatch(new GoogleClient(() => publisher, { emulatorHost: "none" }), "ingress");
    const found: boolean[] = [];
    await watched.start();
    found.push(watched.isMissing);
    while (left.length > 0) {
      await jest.advanceTimersByTimeAsync(INGRESS_WATCH_MS);
      found.push(watched.isMissing);
    }
    watched.stop();
    return found;
  }

  it.each([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL])(
    "with %i says nothing, either way",
    async (code) => {
      expect(await watch([], code, ["ours"], code)).toEqual([true, true, false, false]);
      expect(await watch(code, [])).toEqual([false, true]);
    },
  );

  it.each([status.PERMISSION_DENIED, status.UNAUTHENTICATED])(
    "with %i, which may last, refuses nothing",
    async (code) => {
      expect(await watch([], code)).toEqual([true, false]);
    },
  );
});
