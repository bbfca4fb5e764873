import { sharedRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { redisContracts } from "../testing/redis-contracts.ts";

redisContracts("Redis Cluster", async () => ({
  url: (await sharedRedisCluster()).url,
  keyPrefix: `${uniqueName()}:`,
}));
