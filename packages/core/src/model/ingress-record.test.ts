import { describe, expect, it } from "@jest/globals";
import { sealEnvelope } from "./envelope.ts";
import { fromIngressRecord, PoisonRecordError, toIngressRecord } from "./ingress-record.ts";
import { newMessageId } from "./message-id.ts";

const envelope = {
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
  isEphemeral: true,
  priority: 7,
};
const accepted = {
  ...sealEnvelope(envelope),
  id: newMessageId(1_722_076_441_163),
  acceptedAt: 1_722_076_441_163,
};
const record = toIngressRecord(accepted);
const MAX_BYTES = 1000;

const withAttributes = (attributes: Record<string, string>) => ({
  ...record,
  attributes: { ...record.attributes, ...attributes },
});
const withData = (data: string) => ({ ...record, data: Buffer.from(data) });

describe("an ingress record", () => {
  it("names all that routing needs, and no sender", () => {
    expect(record).toEqual({
      data: accepted.bytes,
      attributes: {
        v: "1",
        id: accepted.id,
        recipient: "urn:sm:user:bob",
        acceptedAt: "1722076441163",
        ephemeral: "true",
        priority: "7",
      },
    });
  });

  it("is read as it was written, and by what versions before added", () => {
    expect(fromIngressRecord(record, MAX_BYTES)).toEqual(accepted);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const traced = { ...record, attributes: { ...record.attributes, traceparent } };
    expect(fromIngressRecord(traced, MAX_BYTES)).toEqual(accepted);
    const { isEphemeral: _, priority: __, ...least } = envelope;
    const plain = { ...accepted, ...sealEnvelope(least) };
    expect(toIngressRecord(plain).attributes).toMatchObject({ ephemeral: "false", priority: "0" });
    expect(fromIngressRecord(toIngressRecord(plain), MAX_BYTES)).toEqual(plain);
  });

  it("keeps the bytes as they came", () => {
    const spaced = Buffer.from(JSON.stringify(envelope, null, 2));
    expect(fromIngressRecord({ ...record, data: spaced }, MAX_BYTES).bytes).toBe(spaced);
  });

  it.each([
    ["unsupported_version", "no attributes", { data: record.data, attributes: {} }],
    ["unsupported_version", "another version", withAttributes({ v: "2" })],
    ["invalid_attributes", "no id", withAttributes({ id: "" })],
    [
      "invalid_attributes",
      "an id of another version",
      withAttributes({ id: "3b241101-e2bb-4255-8caf-4136c566a962" }),
    ],
    ["invalid_attributes", "an id that is a path", withAttributes({ id: "../../users/x" })],
    ["invalid_attributes", "no time", withAttributes({ acceptedAt: "" })],
    ["invalid_attributes", "a time that is not a number", withAttributes({ acceptedAt: "1e3" })],
    ["invalid_attributes", "a time before all times", withAttributes({ acceptedAt: "-1" })],
    ["invalid_attributes", "a time after all times", withAttributes({ acceptedAt: "9".repeat(16) })],
    ["invalid_attributes", "another priority", withAttributes({ priority: "0" })],
    ["invalid_attributes", "another kind", withAttributes({ ephemeral: "false" })],
    ["recipient_mismatch", "another recipient", withAttributes({ recipient: "urn:sm:user:eve" })],
    ["recipient_mismatch", "a bare recipient", withAttributes({ recipient: "bob" })],
    ["invalid_envelope", "no data", withData("")],
    ["invalid_envelope", "broken JSON", withData("{")],
    ["invalid_envelope", "no object", withData("null")],
    ["invalid_envelope", "a field too many", withData(JSON.stringify({ ...envelope, sender: "alice" }))],
    [
      "invalid_envelope",
      "a field too few",
      withData(JSON.stringify({ ...envelope, recipientId: undefined })),
    ],
    [
      "invalid_envelope",
      "two recipients",
      withData(`{"recipientId":"urn:sm:user:eve",${JSON.stringify(envelope).slice(1)}`),
    ],
    ["invalid_envelope", "a byte order mark", withData(`\uFEFF${JSON.stringify(envelope)}`)],
    ["invalid_envelope", "no UTF-8", { ...record, data: Buffer.concat([record.data, Buffer.from([0xff])]) }],
    ["too_large", "too many bytes", withData(JSON.stringify(envelope).padEnd(MAX_BYTES + 1))],
  ])("is %s with %s", (code, _, poison) => {
    const read = () => fromIngressRecord(poison, MAX_BYTES);
    expect(read).toThrow(PoisonRecordError);
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it("lacking an attribute is a dead letter, whichever it is", () => {
    for (const name of ["v", "id", "recipient", "acceptedAt", "ephemeral", "priority"]) {
      const { [name]: _, ...attributes } = record.attributes;
      expect(() => fromIngressRecord({ ...record, attributes }, MAX_BYTES)).toThrow(PoisonRecordError);
    }
  });

  it("may be as large as the limit", () => {
    expect(fromIngressRecord(record, record.data.length).id).toBe(accepted.id);
    const read = () => fromIngressRecord(record, record.data.length - 1);
    expect(read).toThrow(expect.objectContaining({ code: "too_large" }));
  });

  it("gives a short reason that holds no payload", () => {
    const name = "n".repeat(100_000);
    const poison = withData(JSON.stringify({ ...envelope, encryptedData: "secret!", [name]: 1 }));
    const read = () => fromIngressRecord(poison, 1_000_000);
    expect(read).toThrow(/^the data is not a valid SecureEnvelope at \w+…?$/);
    try {
      read();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(150);
      expect((error as Error).message).not.toContain("secret");
    }
  });
});
