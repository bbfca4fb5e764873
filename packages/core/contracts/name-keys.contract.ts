import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type NameKeys, nameHash } from "../src/index.ts";

interface InstallationUnderTest {
  /** As another process of the installation sees them. */
  open(): NameKeys;
  /** Takes the key away, as an operator may. */
  remove(): Promise<void>;
  /** Puts something in the place of the key that is none. */
  spoil(): Promise<void>;
  close(): Promise<unknown>;
}

/** The contract of every adapter of {@link NameKeys}. `install` begins without a key. */
export function nameKeysContract(name: string, install: () => Promise<InstallationUnderTest>): void {
  /** What tells keys apart. */
  const seen = async (keys: NameKeys, notBefore = 0) => nameHash(await keys.current(notBefore))("alice");

  const seenByAll = async (installation: InstallationUnderTest, notBefore = 0) => {
    const processes = Array.from({ length: 5 }, () => installation.open());
    const hashes = new Set(await Promise.all(processes.map((keys) => seen(keys, notBefore))));
    expect(hashes.size).toBe(1);
    return [...hashes][0] as string;
  };

  describe(`keys of names: ${name}`, () => {
    const installed: InstallationUnderTest[] = [];
    const fresh = async () => {
      const installation = await install();
      installed.push(installation);
      return installation;
    };
    afterEach(() => Promise.all(installed.splice(0).map((each) => each.close())));

    it("are one for all processes, even for those that come first at once", async () => {
      const installation = await fresh();
      const first = await seenByAll(installation);
      expect(await seenByAll(installation)).toBe(first);
    });

    it("are others in another installation", async () => {
      const [one, two] = await Promise.all([fresh(), fresh()]);
      expect(await seenByAll(one)).not.toBe(await seenByAll(two));
    });

    it("are replaced once they are too old, by the same one for all", async () => {
      const installation = await fresh();
      const old = await seenByAll(installation);
      expect(await seenByAll(installation, Date.now() - 60_000)).toBe(old);
      await sleep(2);
      const replacedAt = Date.now();
      const replacement = await seenByAll(installation, replacedAt);
      expect(replacement).not.toBe(old);
      expect(await seenByAll(installation, replacedAt)).toBe(replacement);
    });

    it("are replaced when somebody takes them away, or they are none", async () => {
      const installation = await fresh();
      const first = await seenByAll(installation);
      await installation.remove();
      const second = await seenByAll(installation);
      await installation.spoil();
      const third = await seenByAll(installation);
      expect(new Set([first, second, third]).size).toBe(3);
    });
  });
}
