import { sharedRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { redisContracts } from "../testing/redis-contracts.ts";

redisContracts("Redis", async () => ({ url: (await sharedRedis()).url, keyPrefix: `${uniqueName()}:` }));
