import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { describeStore } from "../../testing/store-contract.ts";
import { fileStore } from "./file-store.ts";
import { memoryStore } from "./memory-store.ts";

describe("the memory store", () => {
  describeStore(() => {
    const store = memoryStore();
    return () => store;
  });
});

describe("the file store", () => {
  let folder: string;
  let files = 0;
  const freshPath = () => join(folder, "made", `store-${files++}`);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dumbwaiter-store-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  describeStore(() => {
    const path = freshPath();
    return () => fileStore(path);
  });

  const [first, second] = ["01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"];

  it("ignores a line that was cut off, and loses nothing before or after it", async () => {
    const path = freshPath();
    const store = fileStore(path);
    await store.read();
    await store.write(new Map([[first, "saved"]]));
    await appendFile(path, `\n{"${second}":"sa`);
    await store.write(new Map([[first, "acked"]]));
    await appendFile(path, `\n{"${second}":"sa`);
    expect([...(await fileStore(path).read())]).toEqual([[first, "acked"]]);
    expect(await readFile(path, "utf8")).toBe(JSON.stringify({ [first]: "acked" }));
  });

  it("does not grow with each write", async () => {
    const path = freshPath();
    const store = fileStore(path);
    await store.read();
    for (let round = 0; round < 3_000; round++) await store.write(new Map([[first, "acked"]]));
    expect((await stat(path)).size).toBeLessThan(1_100 * 60);
  });

  it("fails where it cannot write", async () => {
    const file = freshPath();
    await fileStore(file).read();
    await expect(fileStore(join(file, "store")).read()).rejects.toThrow();
  });
});
