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
    ",",
  ])("refuses %s", (text) => {
    expect(redisUrl.safeParse(text).success).toBe(false);
  });
});
