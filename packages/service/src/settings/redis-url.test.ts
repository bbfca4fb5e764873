import { describe, expect, it } from "@jest/globals";
import { parseRedisUrl, redisUrl } from "./redis-url.ts";

describe("parseRedisUrl", () => {
  it("reads one address with its defaults", () => {
    expect(parseRedisUrl("redis://cache")).toEqual({
      nodes: [{ host: "cache", port: 6379 }],
      cluster: false,
      db: 0,
    });
  });

  it("reads user, password, database and certificate", () => {
    expect(parseRedisUrl("rediss://bob:p%40ss%2Fword@[::1]:7000/3", "PEM")).toEqual({
      nodes: [{ host: "::1", port: 7000 }],
      cluster: false,
      username: "bob",
      password: "p@ss/word",
      db: 3,
      tls: { ca: "PEM" },
    });
  });

  it("trusts the system's certificates unless it is given others", () => {
    expect(parseRedisUrl("rediss://cache")).toMatchObject({ tls: {} });
  });

  it.each([
    ["redis://:secret@a:1,redis://:secret@b:2", ["a:1", "b:2"]],
    ["redis://:secret@a:1, b:2 ,c:3", ["a:1", "b:2", "c:3"]],
    ["redis://:secret@a:1,", ["a:1"]],
  ])("reads %s as a cluster", (url, addresses) => {
    const target = parseRedisUrl(url);
    expect(target).toMatchObject({ cluster: true, password: "secret" });
    expect(target.nodes.map(({ host, port }) => `${host}:${port}`)).toEqual(addresses);
  });

  it("reads Sentinels, the master's name, and how to sign in to both", () => {
    const url =
      "rediss+sentinel://bob:p%40ss@s1,s2:7000,[::1]/the%20shop/3?sentinel_username=eve&sentinel_password=s%26t+u";
    expect(parseRedisUrl(url, "PEM")).toEqual({
      nodes: [
        { host: "s1", port: 26_379 },
        { host: "s2", port: 7000 },
        { host: "::1", port: 26_379 },
      ],
      cluster: false,
      sentinel: { master: "the shop", username: "eve", password: "s&t+u" },
      username: "bob",
      password: "p@ss",
      db: 3,
      tls: { ca: "PEM" },
    });
    expect(parseRedisUrl("redis+sentinel://s1/shop")).toEqual({
      nodes: [{ host: "s1", port: 26_379 }],
      cluster: false,
      sentinel: { master: "shop" },
      db: 0,
    });
  });

  it.each([
    "",
    "cache:6379",
    "http://:hunter2@cache",
    "redis://",
    "redis://:hunter2@a/x",
    "redis://a,rediss://:hunter2@b",
  ])("refuses %j and keeps the password to itself", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(TypeError);
    expect(() => parseRedisUrl(url)).not.toThrow("hunter2");
  });
});

describe("REDIS_URL", () => {
  it.each([
    "redis://h",
    "redis://h:7000/3",
    "redis://[::1]:7000",
    "rediss://user:p%40ss@h",
    "redis://h,",
    "redis://:secret@a:1, redis://:secret@b:2",
    "redis://:secret@a:1,b:2,c:3",
    "redis+sentinel://:secret@a,b,c:26380/shop",
    "redis+sentinel://a/shop?sentinel_password=secret",
  ])("takes %s", (text) => {
    expect(redisUrl.safeParse(` ${text} `)).toEqual({ success: true, data: text });
  });

  it.each([
    "redis://a,rediss://b",
    "redis://a/1,redis://b/1",
    "redis://a,b:port",
    "redis://",
    "redis://h/name",
    "redis://h?db=1",
    "redis://h:99999",
    "redis://u:%zz@h",
    "http://h",
    "h:6379",
    "redis+sentinel://a,b",
    "redis+sentinel://a/shop,b",
    "redis+sentinel://a,b/",
    "redis+sentinel://a,,b/shop",
    "redis+sentinel://a/shop/x",
    "redis+sentinel://a/shop?db=1",
    "redis+sentinel://a,:secret@b/shop",
    "redis://a/shop?sentinel_password=secret",
    ",",
  ])("refuses %s", (text) => {
    expect(redisUrl.safeParse(text).success).toBe(false);
  });
});
