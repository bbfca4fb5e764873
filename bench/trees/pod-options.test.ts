import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { podOptions } from "./pod-options.ts";

describe("podOptions", () => {
  it("are this tree's own", () => {
    const options = podOptions({ commit: "now", folder: ROOT }, "api");
    expect(options).toMatch(/^--max-old-space-size=\d+ --max-semi-space-size=\d+$/);
  });

  it("are none for what has no pods", () => {
    expect(podOptions({ commit: "now", folder: ROOT }, "provision")).toBe("");
  });

  describe("of a tree whose pods leave the young generation to V8", () => {
    const folder = mkdtempSync(join(tmpdir(), "dumbwaiter-tree-"));
    const manifests = join(folder, "infra/cdk8s/dist/gke-production");
    beforeAll(() => void mkdirSync(manifests, { recursive: true }));
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([
      ["512Mi", 1],
      ["768Mi", 16],
      ["1Gi", 16],
      ["1G", 16],
      ["2Gi", 32],
      ["3Gi", 64],
    ])("say what V8 takes in %s", (memory, semiSpace) => {
      const env = [{ name: "NODE_OPTIONS", value: "--max-old-space-size=100" }];
      const containers = [{ env, resources: { limits: { memory } } }];
      const deployment = { kind: "Deployment", spec: { template: { spec: { containers } } } };
      writeFileSync(join(manifests, "3-api.yaml"), JSON.stringify(deployment));
      const options = podOptions({ commit: "before", folder }, "api");
      expect(options).toBe(`--max-old-space-size=100 --max-semi-space-size=${semiSpace}`);
    });
  });
});
