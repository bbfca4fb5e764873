import { sharedRedis, sharedRedisCluster } from "@dumbwaiter/dev-env/servers";
import { describe, expect, it } from "@jest/globals";
import { type AclUser, createAclUser, type RedisServers } from "../testing/acl-users.ts";
import { redisContracts } from "../testing/redis-contracts.ts";

const servers: Readonly<Record<string, () => Promise<RedisServers>>> = {
  Redis: async () => {
    const redis = await sharedRedis();
    return { url: redis.url, nodes: [redis] };
  },
  "Redis Cluster": sharedRedisCluster,
};

describe.each(Object.entries(servers))(
  "with the rights of the guide and no others, on %s",
  (name, locate) => {
    const users: AclUser[] = [];

    redisContracts(name, async () => {
      const user = await createAclUser(await locate());
      users.push(user);
      return user.settings;
    });

    it("was refused nothing", async () => {
      expect(users.length).toBeGreaterThan(10);
      for (const user of users) expect(await user.refusals()).toEqual([]);
    });
  },
);
