import { describe, expect, it } from "@jest/globals";
import { TokenExpiry } from "./token-expiry.ts";

describe("the expiry of a socket's token", () => {
  it("is that of the token that came last, in whichever order they are verified", () => {
    const expiry = new TokenExpiry(1);
    const [first, second] = [expiry.beginReplacement(), expiry.beginReplacement()];
    second(3);
    first(2);
    expect(expiry.at).toBe(3);
  });

  it("is that of the last verified token, although a later one was refused", () => {
    const expiry = new TokenExpiry(1);
    const first = expiry.beginReplacement();
    expiry.beginReplacement(); // is never verified
    first(2);
    expect(expiry.at).toBe(2);
  });
});
