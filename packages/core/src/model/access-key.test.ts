import { describe, expect, it } from "@jest/globals";
import {
  ACCESS_KEY_PATTERN,
  type AccessKeyHash,
  isSameAccessKey,
  NO_ACCESS_KEY,
  parseAccessKey,
} from "./access-key.ts";

const keyOf = (bytes: number) => Buffer.alloc(bytes, 0xab).toString("base64");

describe("an access key", () => {
  it("becomes its SHA-256, computed elsewhere", () => {
    // Python: urlsafe_b64encode(sha256(b"0123456789abcdef").digest())
    const key = Buffer.from("0123456789abcdef").toString("base64");
    expect(parseAccessKey(key)).toBe("n59REfeyengfHx3d5evC3St5a_xzZcnCi1SOVkF2kp8");
  });

  it("has 16 to 64 bytes", () => {
    for (let bytes = 0; bytes < 100; bytes += 1) {
      const isKey = bytes >= 16 && bytes <= 64;
      expect([bytes, parseAccessKey(keyOf(bytes)) !== undefined]).toEqual([bytes, isKey]);
    }
  });

  it("is valid exactly when it matches the documented pattern", () => {
    const pattern = new RegExp(ACCESS_KEY_PATTERN);
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_";
    for (let length = 20; length < 93; length += 1) {
      for (const padding of ["", "=", "==", "==="]) {
        const texts = Array.from(digits, (last) => `${"Q".repeat(length)}${last}${padding}`);
        const keys = texts.filter((text) => parseAccessKey(text) !== undefined);
        expect(keys).toEqual(texts.filter((text) => pattern.test(text)));
      }
    }
  });

  it.each([
    "",
    "a",
    `${keyOf(16)}=`,
    keyOf(16).replace(/=+$/, ""),
    ` ${keyOf(16)}`,
    "-_".repeat(16),
    "A".repeat(25),
  ])("is not %j", (text) => {
    expect(parseAccessKey(text)).toBeUndefined();
    expect(text).not.toMatch(new RegExp(ACCESS_KEY_PATTERN));
  });

  it("is the same only as itself", () => {
    const [a, b] = [keyOf(16), keyOf(17)].map(parseAccessKey) as [AccessKeyHash, AccessKeyHash];
    expect([isSameAccessKey(a, a), isSameAccessKey(a, b), isSameAccessKey(a, NO_ACCESS_KEY)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
