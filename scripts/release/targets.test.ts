import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { emptyFolder, isRegistry } from "./targets.ts";

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "targets-"));
});
afterAll(async () => {
  await rm(work, { recursive: true });
});

describe("isRegistry", () => {
  it.each([
    "ghcr.io/acme/dumbwaiter",
    "localhost/x",
    "localhost:5000/x",
    "registry:5000/x",
    "10.0.0.1:5000/x",
  ])("takes %s for a registry", (target) => expect(isRegistry(target)).toBe(true));

  it.each([
    ...["release", "release-0.2.0", "./ghcr.io/acme", "../ghcr.io/acme", "/ghcr.io/acme", "release-0.2.0/"],
    ...["releases/0.2.0", ".", "..", "~/releases"],
  ])("takes %s for a folder", (target) => expect(isRegistry(target)).toBe(false));

  it("takes what exists for a folder", async () => {
    const name = `targets-${process.pid}.d`;
    const target = join(name, "release");
    expect(isRegistry(target)).toBe(true);
    await mkdir(target, { recursive: true });
    try {
      expect(isRegistry(target)).toBe(false);
    } finally {
      await rm(name, { recursive: true });
    }
  });
});

describe("emptyFolder", () => {
  it("makes a folder", async () => {
    const folder = join(work, "new/release");
    await emptyFolder(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it("empties an earlier release", async () => {
    const folder = join(work, "earlier");
    await mkdir(join(folder, "images"), { recursive: true });
    await writeFile(join(folder, "images/index.json"), "{}");
    await writeFile(join(folder, "release.json"), "{}");
    await emptyFolder(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses a folder of other files, and leaves them there", async () => {
    const folder = join(work, "releases");
    await mkdir(join(folder, "0.1.0"), { recursive: true });
    await writeFile(join(folder, "0.1.0/release.json"), "{}");
    await expect(emptyFolder(folder)).rejects.toThrow("no earlier release");
    expect(await readdir(join(folder, "0.1.0"))).toEqual(["release.json"]);
  });

  it.each([
    ["the project", () => ROOT],
    ["its parent", () => dirname(join(ROOT, "."))],
    ["the root", () => "/"],
  ])("refuses %s", async (_, folder) => {
    await expect(emptyFolder(folder())).rejects.toThrow("contains this project");
    expect(await readdir(ROOT)).toContain("package.json");
  });

  it("refuses a link to the project", async () => {
    const link = join(work, "link");
    await symlink(ROOT, link);
    await expect(emptyFolder(link)).rejects.toThrow("contains this project");
    expect(await readdir(ROOT)).toContain("package.json");
  });
});
