import { counter, type ServiceContext } from "@dumbwaiter/service";
import {
  connectRealtimeRedis,
  connectRedis,
  type RealtimeRedisAdapters,
  type RedisAdapters,
  type RedisSettings,
} from "./connect-redis.ts";
import { MissingRightsError } from "./connection/redis-rights.ts";

/** What a service on Redis provides. */
interface RedisContext extends Pick<ServiceContext, "dependencies" | "lifecycle" | "logger" | "registry"> {
  readonly config: {
    readonly redis: Pick<RedisSettings, "url" | "caFile" | "keyPrefix"> & {
      readonly authentication?: "password" | "googleIam";
    };
  };
}

/** Where the tokens of `googleIam` come from. See {@link RedisSettings}. */
interface TokenSource {
  accessToken(): Promise<string>;
}

/** Connects to Redis, reports its state, and closes the connections when the process stops. */
export function openRedis(context: RedisContext, tokens: TokenSource): Promise<RedisAdapters> {
  return open(context, tokens, connectRedis);
}

/** See {@link openRedis}; for realtime, which receives deliveries. */
export function openRealtimeRedis(
  context: RedisContext,
  tokens: TokenSource,
): Promise<RealtimeRedisAdapters> {
  return open(context, tokens, connectRealtimeRedis);
}

async function open<Adapters extends RedisAdapters>(
  { config, dependencies, lifecycle, logger, registry }: RedisContext,
  tokens: TokenSource,
  connect: (settings: RedisSettings) => Promise<Adapters>,
): Promise<Adapters> {
  const limitsUnavailable = counter(registry, {
    name: "dumbwaiter_limits_unavailable_total",
    help: "Calls, sends and push requests let through because their limit could not be read",
  });
  const { authentication, ...settings } = config.redis;
  const redis = await connect({
    ...settings,
    accessToken: authentication === "googleIam" ? () => tokens.accessToken() : undefined,
    onStateChange({ up, cause }) {
      dependencies.report("redis", up, cause);
      if (cause instanceof MissingRightsError) logger.error({ rules: cause.rules }, cause.message);
    },
    onLimitsUnavailable: () => limitsUnavailable.inc(),
  });
  lifecycle.onStop("clients", "redis", () => redis.close());
  return redis;
}
