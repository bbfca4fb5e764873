import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DEAD_LETTER_CODES } from "../src/model/ingress-record.ts";
import type { DeadLetter, DeadLetters } from "../src/ports/dead-letters.ts";
import { eventually } from "./eventually.ts";

/** An empty dead-letter topic. */
interface DeadLettersUnderTest {
  readonly deadLetters: DeadLetters;
  /** All letters that can be read back so far, in any order. */
  read(): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

/** The contract of every adapter of {@link DeadLetters}. */
export function deadLettersContract(name: string, open: () => Promise<DeadLettersUnderTest>): void {
  describe(`${name}: dead letters`, () => {
    let topic: DeadLettersUnderTest;

    beforeEach(async () => {
      topic = await open();
    });
    afterEach(() => topic.close());

    it("keeps the record, its own attributes, the code and the reason", async () => {
      const letters = DEAD_LETTER_CODES.map((code) => sampleLetter({ code }));
      for (const letter of letters) await topic.deadLetters.put(letter);
      expect(await read(letters.length)).toEqual(inOrder(letters));
    });

    it("takes what anybody may have published: any bytes, no attributes, no data", async () => {
      const letters = [
        sampleLetter({
          record: { data: Buffer.from([0, 255, 128, 10]), attributes: { empty: "", "é 漢": "\n" } },
        }),
        sampleLetter({ record: { data: Buffer.alloc(0), attributes: { id: "none" } } }),
        sampleLetter({ record: { data: Buffer.from("{"), attributes: {} } }),
      ];
      await Promise.all(letters.map((letter) => topic.deadLetters.put(letter)));
      expect(await read(letters.length)).toEqual(inOrder(letters));
    });

    it("takes a reason of any length, whole or shortened", async () => {
      const letter = sampleLetter({ reason: "é".repeat(5000) });
      await topic.deadLetters.put(letter);
      const [kept] = await read(1);
      expect(kept).toMatchObject({ code: letter.code });
      expect(letter.reason.startsWith(kept?.reason as string)).toBe(true);
      expect(kept?.reason.length).toBeGreaterThan(100);
    });

    async function read(count: number): Promise<readonly DeadLetter[]> {
      return eventually(async () => {
        const letters = await topic.read();
        expect(letters).toHaveLength(count);
        return inOrder(letters);
      });
    }
  });
}

function sampleLetter(given: Partial<DeadLetter>): DeadLetter {
  const record = { data: Buffer.from(randomUUID()), attributes: { v: "1", id: randomUUID() } };
  return { record, code: "invalid_envelope", reason: "attribute v is not 1 – é", ...given };
}

/** In a comparable shape and order: the topic promises none. */
function inOrder(letters: readonly DeadLetter[]): DeadLetter[] {
  return letters
    .map(({ record, code, reason }) => ({
      record: { data: Buffer.from(record.data), attributes: { ...record.attributes } },
      code,
      reason,
    }))
    .sort((a, b) => Buffer.compare(a.record.data, b.record.data));
}
