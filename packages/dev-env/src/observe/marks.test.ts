import { hash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { Marks } from "./marks.ts";

const marks = new Marks();
marks.add("name", "alice-who-writes");
marks.add("key", Buffer.from("00ff10203040506070", "hex"));

describe("Marks", () => {
  it.each([
    ["as it is", "before alice-who-writes after"],
    ["in other letters", "ALICE-WHO-WRITES"],
    ["in bytes", Buffer.concat([Buffer.of(0, 255), Buffer.from("alice-who-writes")])],
    ["in base64", btoa("alice-who-writes")],
    ["in hex", Buffer.from("alice-who-writes").toString("hex")],
    ["as the start of a hash", hash("sha256", "alice-who-writes", "base64url").slice(0, 22)],
    ["as a hash in hex", hash("sha1", "alice-who-writes", "hex")],
  ])("are found %s", (_, place) => {
    expect(marks.in(place)).toEqual(["name"]);
  });

  it("are found as raw bytes, and as the hash of these", () => {
    expect(marks.in(Buffer.from("aa00ff10203040506070bb", "hex"))).toEqual(["key"]);
    expect(marks.in(hash("sha256", Buffer.from("00ff10203040506070", "hex"), "buffer"))).toEqual(["key"]);
  });

  it("are not found in other texts", () => {
    expect(marks.in("alice-who-reads")).toEqual([]);
  });
});
