import { describe, expect, it } from "@jest/globals";
import { httpsUrl } from "./source.ts";

describe("httpsUrl", () => {
  it.each([
    ...["https://github.com/acme/dumbwaiter", "https://github.com/acme/dumbwaiter.git/"],
    ...["https://x-access-token:secret@github.com/acme/dumbwaiter.git", "http://github.com/acme/dumbwaiter"],
    ...["git@github.com:acme/dumbwaiter.git", "github.com:acme/dumbwaiter"],
    ...["ssh://git@github.com:22/acme/dumbwaiter.git", "git://github.com/acme/dumbwaiter.git"],
    "https://github.com/acme/dumbwaiter?token=secret#main",
  ])("makes a browser's of %s", (remote) => {
    expect(httpsUrl(remote)).toBe("https://github.com/acme/dumbwaiter");
  });

  it("keeps the port of https", () => {
    expect(httpsUrl("https://git.acme.example:8443/dumbwaiter.git")).toBe(
      "https://git.acme.example:8443/dumbwaiter",
    );
  });

  it.each(["", "/srv/dumbwaiter", "../dumbwaiter", "file:///srv/dumbwaiter.git"])(
    "knows none for %s",
    (remote) => expect(httpsUrl(remote)).toBeUndefined(),
  );
});
