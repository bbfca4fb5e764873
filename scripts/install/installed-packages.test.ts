import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const { areInstalled, runtimePackages } = createRequire(import.meta.url)("./installed-packages.cjs");

const ROOT = join(import.meta.dirname, "../..");
const { packages: locked } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
const runtime = runtimePackages(locked);

/** As npm lists what it installed: without the workspaces themselves. */
const installed = (packages: Record<string, object>) =>
  Object.fromEntries(Object.entries(packages).filter(([folder]) => folder.includes("node_modules/")));

describe("the packages that npm start runs on", () => {
  it("include no compiler, linter, test runner, CDK, and no client of Kubernetes, Google or Redis", () => {
    const tools =
      /node_modules\/(typescript|@typescript|jest|@jest|@babel|@swc|@biomejs|esbuild|vite|dependency-cruiser|playwright-core|cdk8s|constructs|@kubernetes|@google-cloud|google-gax|@grpc|ioredis)/;
    const found = (packages: object) => Object.keys(packages).filter((folder) => tools.test(folder));
    expect(found(locked).length).toBeGreaterThan(20);
    expect(found(runtime)).toEqual([]);
  });

  it("are complete: each dependency of one of them is one of them", () => {
    const isThere = (folder: string, name: string) =>
      runtime[`node_modules/${name}`] ||
      folder.split("/node_modules/").some((_, above, parts) => {
        const from = parts.slice(0, above + 1).join("/node_modules/");
        return runtime[`${from}/node_modules/${name}`];
      });
    const missing = Object.entries(runtime as Record<string, { dependencies?: object }>).flatMap(
      ([folder, { dependencies = {} }]) => Object.keys(dependencies).filter((name) => !isThere(folder, name)),
    );
    expect(missing).toEqual([]);
    expect(Object.keys(runtime)).toEqual(
      expect.arrayContaining(["services/embedded", "node_modules/express", "node_modules/node"]),
    );
  });
});

describe("an install", () => {
  it("of what npm start runs on is enough for it, and not for the tests", () => {
    expect(areInstalled(installed(runtime), runtime, locked)).toBe(true);
    expect(areInstalled(installed(runtime), locked, locked)).toBe(false);
  });

  it("of everything is enough for both", () => {
    expect(areInstalled(installed(locked), runtime, locked)).toBe(true);
    expect(areInstalled(installed(locked), locked, locked)).toBe(true);
  });

  it.each([
    ["lacks a package", { express: undefined }],
    ["has another version of a package", { express: { version: "0.0.1" } }],
    ["has a package that the lock file does not know", { unknown: { version: "1.0.0" } }],
  ])("that %s is stale", (_, changes) => {
    const packages = { ...installed(locked) };
    for (const [name, entry] of Object.entries(changes)) {
      if (entry === undefined) delete packages[`node_modules/${name}`];
      else packages[`node_modules/${name}`] = entry;
    }
    expect(areInstalled(packages, runtime, locked)).toBe(false);
  });
});
