import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { newUser } from "../testing/users.ts";
import { userUrn } from "./user-urn.ts";

/** Every character of ASCII that can be printed, and some of others. */
const ASCII = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

let embedded: EmbeddedProcess;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.stop());

it.each([
  "alice",
  "auth0|7",
  "spiffe://acme.example/ns/x",
  "j\u00FCrgen@example.org",
  "e\u0301 \u{1F4E8}",
  "a%7Cb",
])("names the user whose token has the subject %s", async (subject) => {
  const user = newUser(embedded, {}, subject);
  const { id } = await user.http().send({
    recipientId: userUrn(subject),
    encryptedData: "AEBD",
    encryptedSymmetricKey: "BCDE",
  });
  await eventually(async () => {
    const { messages } = await user.http().pull();
    expect(messages).toMatchObject([{ id, envelope: { recipientId: userUrn(subject) } }]);
  });
});

it.each([ASCII.slice(0, 48), ASCII.slice(48)])(
  "has the only spelling that is accepted: %s",
  async (subject) => {
    const { send } = newUser(embedded).http();
    const envelope = { encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
    await send({ recipientId: userUrn(subject), ...envelope });
    for (const other of [userUrn(subject).toLowerCase(), `urn:sm:user:${subject}`])
      await expect(send({ recipientId: other, ...envelope })).rejects.toMatchObject({ path: "recipientId" });
  },
);

it("names no user for half of a surrogate pair", () => {
  expect(() => userUrn("a\uD800")).toThrow(URIError);
});

it("takes no URN for a subject", () => {
  for (const urn of ["urn:sm:user:alice", "URN:SM:user:alice"]) expect(() => userUrn(urn)).toThrow(TypeError);
});
