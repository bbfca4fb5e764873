import { describe, expect, it } from "@jest/globals";
import type { DesiredObject } from "./desired-state.ts";
import { replacementsOf } from "./replaced-grants.ts";

const object = (kind: string, name: string) => ({ kind, name }) as DesiredObject;
const entry = (kind: string, name: string) => ({
  ...{ group: "iam.cnrm.cloud.google.com", version: "v1beta1" },
  kind,
  name,
});

const OBJECTS = [
  object("IAMPolicyMember", "shop-api-0123456789"),
  object("IAMPolicyMember", "shop-api-abcdefabcd"),
  object("IAMPolicyMember", "shop-realtime-0123456789"),
  object("IAMServiceAccount", "shop-api-0123456789"),
];

describe("what replaces a grant", () => {
  it("are the grants of the same holder", () => {
    const found = replacementsOf(entry("IAMPolicyMember", "shop-api-9999999999"), OBJECTS);
    expect(found).toEqual(OBJECTS.slice(0, 2));
  });

  it("is nothing if the holder has no other", () => {
    expect(replacementsOf(entry("IAMPolicyMember", "shop-processor-9999999999"), OBJECTS)).toEqual([]);
  });

  it("is nothing for an object of another kind", () => {
    expect(replacementsOf(entry("IAMServiceAccount", "shop-api-9999999999"), OBJECTS)).toEqual([]);
  });
});
