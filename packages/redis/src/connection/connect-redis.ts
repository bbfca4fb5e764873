import { readFile } from "node:fs/promises";
import type {
  DeliveryBus,
  DeliverySubscriptions,
  PushThrottle,
  SendLimitSettings,
  SendLimits,
} from "@dumbwaiter/core";
import { parseRedisUrl, type RedisTarget } from "@dumbwaiter/service/settings";
import { RedisDeliveryBus } from "../delivery/redis-delivery-bus.ts";
import { RedisDeliverySubscriptions } from "../delivery/redis-delivery-subscriptions.ts";
import { shardedAdapter } from "../delivery/sharded-adapter.ts";
import { RedisPushThrottle } from "../limits/redis-push-throttle.ts";
import { RedisSendLimits } from "../limits/redis-send-limits.ts";
import { RedisCommands } from "./redis-commands.ts";
import { RedisHealth, type RedisState } from "./redis-health.ts";

export interface RedisSettings {
  /** See {@link parseRedisUrl}. */
  readonly url: string;
  /** A file of certificates in PEM that sign the server's. */
  readonly caFile?: string | undefined;
  /** Before every key and channel, so that installations can share one Redis; none unless set. */
  readonly keyPrefix?: string | undefined;
  /** Between two push requests of one device. */
  readonly pushIntervalMs?: number | undefined;
  /** How often every connection is checked, with use or without. */
  readonly checkIntervalMs?: number | undefined;
  /** Told when Redis becomes available, or unavailable; the first time soon after the start. */
  readonly onStateChange?: ((state: RedisState) => void) | undefined;
  /** Told each time that something was let through because its limit could not be read. */
  readonly onLimitsUnavailable?: (() => void) | undefined;
}

/** What api and processor need of Redis. */
export interface RedisParts {
  readonly deliveryBus: DeliveryBus;
  readonly pushThrottle: PushThrottle;
  sendLimits(settings: SendLimitSettings): SendLimits;
  /** As of the last check. */
  readonly state: RedisState;
  /** Ends all connections. Close what uses them first. */
  close(): void;
}

/** What realtime needs besides. */
export interface RealtimeRedisParts extends RedisParts {
  readonly subscriptions: DeliverySubscriptions;
  /** For Socket.IO's option `adapter`. */
  readonly adapter: ReturnType<typeof shardedAdapter>;
}

const CHECK_INTERVAL_MS = 5_000;

/** How long a start waits for Redis, before it goes on without. */
const START_GRACE_MS = 3_000;

/**
 * Connects to Redis for everything but subscriptions. A Redis that is away does not keep a service from starting:
 * its calls fail, or let pass, until it is there.
 *
 * @throws TypeError when the URL is wrong, or what `readFile` throws when the file is
 */
export async function connectRedis(settings: RedisSettings): Promise<RedisParts> {
  const target = await readTarget(settings);
  const commands: RedisCommands = new RedisCommands(target, () => health.checkSoon());
  const health = createHealth(settings, () => commands.check());
  await health.start(START_GRACE_MS);
  return parts(settings, commands, health, () => commands.close());
}

/** See {@link connectRedis}; with connections of its own for subscriptions. */
export async function connectRealtimeRedis(settings: RedisSettings): Promise<RealtimeRedisParts> {
  const target = await readTarget(settings);
  const prefix = settings.keyPrefix ?? "";
  const checkSoon = () => health.checkSoon();
  const commands: RedisCommands = new RedisCommands(target, checkSoon);
  const subscriptions = new RedisDeliverySubscriptions(target, commands, prefix, checkSoon);
  const health = createHealth(settings, async () => {
    await Promise.all([commands.check(), subscriptions.check()]);
  });
  await health.start(START_GRACE_MS);
  return Object.assign(
    parts(settings, commands, health, () => {
      subscriptions.close();
      commands.close();
    }),
    { subscriptions, adapter: shardedAdapter(commands, subscriptions, prefix) },
  );
}

async function readTarget({ url, caFile }: RedisSettings): Promise<RedisTarget> {
  return parseRedisUrl(url, caFile === undefined ? undefined : await readFile(caFile, "utf8"));
}

function createHealth(settings: RedisSettings, check: () => Promise<void>): RedisHealth {
  return new RedisHealth(
    check,
    settings.checkIntervalMs ?? CHECK_INTERVAL_MS,
    settings.onStateChange ?? (() => {}),
  );
}

function parts(
  settings: RedisSettings,
  commands: RedisCommands,
  health: RedisHealth,
  disconnect: () => void,
): RedisParts {
  const prefix = settings.keyPrefix ?? "";
  const onUnavailable = settings.onLimitsUnavailable ?? (() => {});
  return {
    deliveryBus: new RedisDeliveryBus(commands, prefix),
    pushThrottle: new RedisPushThrottle(commands, prefix, onUnavailable, settings.pushIntervalMs),
    sendLimits: (limits) => new RedisSendLimits(commands, prefix, limits, onUnavailable),
    get state() {
      return health.state;
    },
    close() {
      health.stop();
      disconnect();
    },
  };
}
