import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { VERSION } from "./version.ts";

describe("the version", () => {
  it("is the project's", () => {
    const manifest = new URL("../../../package.json", import.meta.url);
    expect(VERSION).toBe((JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version);
  });
});
