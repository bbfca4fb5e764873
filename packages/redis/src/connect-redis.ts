import { readFile } from "node:fs/promises";
import type { DeliveryBus, DeliverySubscriptions, PushThrottle, TokenBuckets } from "@dumbwaiter/core";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { AccessToken } from "./connection/access-token.ts";
import { withDeadline } from "./connection/deadline.ts";
import { RedisCommands } from "./connection/redis-commands.ts";
import type { RedisAccess } from "./connection/redis-connections.ts";
import { RedisHealth, type RedisState } from "./connection/redis-health.ts";
import { checkRights, requireAll } from "./connection/redis-rights.ts";
import { LostConnections } from "./delivery/lost-connections.ts";
import { RedisDeliveryBus } from "./delivery/redis-delivery-bus.ts";
import { RedisDeliverySubscriptions } from "./delivery/redis-delivery-subscriptions.ts";
import { shardedAdapter } from "./delivery/sharded-adapter.ts";
import { RedisPushThrottle } from "./limits/redis-push-throttle.ts";
import { RedisTokenBuckets } from "./limits/redis-token-buckets.ts";

export interface RedisSettings {
  /** See {@link parseRedisUrl}. */
  readonly url: string;
  /** A file of certificates in PEM that sign the server's. */
  readonly caFile?: string | undefined;
  /**
   * Gives a token for the user `default` in place of a password: one that is valid for some minutes more, and the same
   * one as long as it is. The URL must be `rediss:`.
   */
  readonly accessToken?: (() => Promise<string>) | undefined;
  /** Prefix of every key and channel, so that installations can share one Redis; none by default. */
  readonly keyPrefix?: string | undefined;
  /** Between two push requests of one device. */
  readonly pushIntervalMs?: number | undefined;
  /** How long reading a limit may delay a call, which is then let through. */
  readonly limitsDeadlineMs?: number | undefined;
  /** How often every connection is checked, whether in use or not. */
  readonly checkIntervalMs?: number | undefined;
  /** After how long without a heartbeat a realtime node's connection is closed. */
  readonly lostAfterMs?: number | undefined;
  /** Called when Redis becomes available or unavailable; the first time soon after the start. */
  readonly onStateChange?: ((state: RedisState) => void) | undefined;
  /** Called each time that something was let through because its limit could not be read. */
  readonly onLimitsUnavailable?: (() => void) | undefined;
}

/** What api and processor use of Redis. */
export interface RedisAdapters {
  readonly deliveryBus: DeliveryBus;
  readonly pushThrottle: PushThrottle;
  readonly tokenBuckets: TokenBuckets;
  /** As of the last check. */
  readonly state: RedisState;
  /** Ends all connections, soon after Redis has what the limits owe. Close what uses them first. */
  close(): Promise<void>;
}

/** What realtime uses besides. */
export interface RealtimeRedisAdapters extends RedisAdapters {
  readonly subscriptions: DeliverySubscriptions;
  /** For Socket.IO's option `adapter`. */
  readonly adapter: ReturnType<typeof shardedAdapter>;
}

export const CHECK_INTERVAL_MS = 5_000;

/** How long a start waits for Redis before it continues without. */
const START_GRACE_MS = 3_000;

/**
 * Connects to Redis for everything but subscriptions. An unavailable Redis does not keep a service from starting:
 * until it recovers, deliveries fail and limits let everything pass.
 *
 * @throws TypeError when the URL is wrong, or what `readFile` throws when the file is
 */
export async function connectRedis(settings: RedisSettings): Promise<RedisAdapters> {
  const target = await accessTo(settings);
  const commands: RedisCommands = new RedisCommands(target, () => health.checkSoon());
  const prefix = settings.keyPrefix ?? "";
  const lost = new LostConnections(commands, prefix, settings.lostAfterMs);
  const health = createHealth(settings, () =>
    requireAll(prefix, [
      ...tokenChecks(target),
      commands.check(),
      checkRights(commands, prefix),
      lost.check(),
    ]),
  );
  await health.start(START_GRACE_MS);
  return parts(settings, commands, lost, health, () => commands.close());
}

/** See {@link connectRedis}; with separate connections for subscriptions. */
export async function connectRealtimeRedis(settings: RedisSettings): Promise<RealtimeRedisAdapters> {
  const target = await accessTo(settings);
  const prefix = settings.keyPrefix ?? "";
  const checkSoon = () => health.checkSoon();
  const commands: RedisCommands = new RedisCommands(target, checkSoon);
  const subscriptions = new RedisDeliverySubscriptions(target, commands, prefix, checkSoon);
  const lost = new LostConnections(commands, prefix, settings.lostAfterMs);
  const health = createHealth(settings, () =>
    requireAll(prefix, [
      ...tokenChecks(target),
      commands.check(),
      checkRights(commands, prefix),
      subscriptions.check(),
      lost.check(),
    ]),
  );
  await health.start(START_GRACE_MS);
  return Object.assign(
    parts(settings, commands, lost, health, () => {
      subscriptions.close();
      commands.close();
    }),
    { subscriptions, adapter: shardedAdapter(commands, subscriptions, prefix) },
  );
}

async function accessTo({ url, caFile, accessToken: source }: RedisSettings): Promise<RedisAccess> {
  const target = parseRedisUrl(url, caFile === undefined ? undefined : await readFile(caFile, "utf8"));
  if (source === undefined) return target;
  if (target.tls === undefined) throw new TypeError("An access token must not be sent to Redis without TLS");
  const accessToken = new AccessToken(source);
  // The checks go on asking.
  await withDeadline(accessToken.refresh(), START_GRACE_MS).catch(() => {});
  return { ...target, accessToken };
}

/** First, because without a token all others fail. */
function tokenChecks({ accessToken }: RedisAccess): Promise<void>[] {
  return accessToken === undefined ? [] : [accessToken.refresh()];
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
  lost: LostConnections,
  health: RedisHealth,
  disconnect: () => void,
): RedisAdapters {
  const prefix = settings.keyPrefix ?? "";
  const onUnavailable = settings.onLimitsUnavailable ?? (() => {});
  const tokenBuckets = new RedisTokenBuckets(commands, prefix, onUnavailable, settings.limitsDeadlineMs);
  return {
    deliveryBus: new RedisDeliveryBus(commands, prefix, lost),
    pushThrottle: new RedisPushThrottle(commands, prefix, onUnavailable, settings),
    tokenBuckets,
    get state() {
      return health.state;
    },
    async close() {
      health.stop();
      await tokenBuckets.close();
      disconnect();
    },
  };
}
