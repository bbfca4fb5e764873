import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { afterAll, describe, expect, it } from "@jest/globals";
import { embeddedLaunch, treeLauncher } from "./tree-launcher.ts";

describe("the launcher of this tree", () => {
  const launcher = treeLauncher({ commit: "now", folder: ROOT });

  it.each(["api", "processor", "realtime", "issuer", "provision"])("finds %s", (program) => {
    const { command, args } = launcher(program);
    expect([command, ...args("")].filter((path) => !existsSync(path))).toEqual([]);
  });

  it("gives services the options of Node that their pods have", () => {
    expect(launcher("api").env?.NODE_OPTIONS).toMatch(/--max-old-space-size=\d+/);
    expect(launcher("provision").env?.NODE_OPTIONS).toBe("");
  });

  it("starts the embedded process as npm start does", () => {
    const args = embeddedLaunch({ commit: "now", folder: ROOT }).args("");
    expect(args).toContain("--max-semi-space-size=32");
    expect(existsSync(args.at(-1) as string)).toBe(true);
  });
});

describe("the launcher of an older tree", () => {
  const folder = mkdtempSync(join(tmpdir(), "dumbwaiter-tree-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const tree = { commit: "before", folder };

  it("finds programs where they were", () => {
    write("packages/embedded/src/dev-issuer-main.ts", "");
    expect(treeLauncher(tree)("issuer").args("")).toEqual([
      join(folder, "packages/embedded/src/dev-issuer-main.ts"),
    ]);
  });

  it("starts the embedded process without options if there were none", () => {
    write("package.json", '{"scripts":{"start":"exec node packages/embedded/src/main.ts"}}');
    write("packages/embedded/src/main.ts", "");
    expect(embeddedLaunch(tree).args("")).toEqual([join(folder, "packages/embedded/src/main.ts")]);
  });

  it("says what it does not find", () => {
    expect(() => treeLauncher(tree)("api").args("")).toThrow("before has no services/api/src/main.ts");
  });
});
