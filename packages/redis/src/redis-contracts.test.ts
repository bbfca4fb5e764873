import { sharedRedis, sharedRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { redisContracts } from "../testing/redis-contracts.ts";

for (const [name, server] of Object.entries({ Redis: sharedRedis, "Redis Cluster": sharedRedisCluster }))
  redisContracts(name, async () => ({ url: (await server()).url, keyPrefix: `${uniqueName()}:` }));
