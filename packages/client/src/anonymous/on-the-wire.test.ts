import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type RecordingLink, startRecordingLink } from "../../testing/recording-link.ts";
import { envelopeFor, newUser, type TestUser } from "../../testing/users.ts";
import { newAccessKey, type SecureEnvelope } from "../index.ts";

describe("a send with an access key, with an embedded process", () => {
  let embedded: EmbeddedProcess;
  let link: RecordingLink;
  let bob: TestUser;
  let accessKey: string;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());
  beforeEach(async () => {
    link = await startRecordingLink(embedded.api);
    bob = newUser(embedded);
    accessKey = newAccessKey();
    await bob.http().accessKey.set(accessKey);
  });
  afterEach(() => link.close());

  it("goes over connections that never bear a token, a cookie or anything else of the sender", async () => {
    const endpoints = { ...embedded, api: link.url, realtime: link.url };
    const alice = newUser({ ...endpoints, issuer: embedded.issuer });
    const [connected, http] = [alice.connect(), alice.http("phone")];
    const envelopes: SecureEnvelope[] = [];
    const nextEnvelope = () => {
      const envelope = envelopeFor(bob);
      envelopes.push(envelope);
      return envelope;
    };
    await eventually(() => expect(connected.state).toBe("live"));
    for (let round = 0; round < 3; round++) {
      for (const client of [connected, http]) {
        await client.send(nextEnvelope());
        await client.send(nextEnvelope(), { accessKey });
      }
    }
    await connected.close();

    const said = link.connections();
    const anonymous = said.filter((each) => each.includes(accessKey));
    expect(anonymous).toHaveLength(2);
    for (const each of anonymous) {
      expect(each).toMatch(/^GET \/socket\.io\/\?EIO=4&transport=websocket HTTP/);
      expect(each).toContain('40{"anonymous":true}');
      expect(each.match(/"send",/g)).toHaveLength(3);
      for (const tell of [/authorization/i, /cookie/i, /bearer/i, /"token"/, /device/i, /eyJ/, alice.name]) {
        expect(each).not.toMatch(tell);
      }
    }
    const identified = said.filter((each) => !anonymous.includes(each));
    expect(identified.filter((each) => !/Bearer eyJ|"token":"eyJ/.test(each))).toEqual([]);
    expect(identified.length).toBeGreaterThanOrEqual(2);

    const sent = envelopes.map(({ encryptedData }) => encryptedData).sort();
    await eventually(async () => {
      const { messages } = await bob.http().pull();
      expect(messages.map(({ envelope }) => envelope.encryptedData).sort()).toEqual(sent);
    });
  });

  it("is refused after the key was replaced or removed, and its user knows since when there is one", async () => {
    const [client, alice] = [bob.http(), newUser(embedded).http()];
    const setAt = await client.accessKey.setAt();
    expect(Math.abs(Date.parse(setAt ?? "") - Date.now())).toBeLessThan(60_000);
    await alice.send(envelopeFor(bob), { accessKey });
    const isRefused = (key: string) =>
      eventually(async () => {
        const sent = alice.send(envelopeFor(bob), { accessKey: key });
        await expect(sent).rejects.toMatchObject({ code: "access_key_refused", retryable: false });
      });
    const other = newAccessKey();
    await client.accessKey.set(other);
    await alice.send(envelopeFor(bob), { accessKey: other });
    await isRefused(accessKey);
    await client.accessKey.remove();
    await isRefused(other);
    expect(await client.accessKey.setAt()).toBeUndefined();
    await client.accessKey.remove();
    await expect(client.accessKey.set("short")).rejects.toMatchObject({ code: "invalid_request" });
  });
});
