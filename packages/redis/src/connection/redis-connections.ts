import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { backoffMs } from "@dumbwaiter/core";
import type { RedisNode, RedisSentinel, RedisTarget } from "@dumbwaiter/service/settings";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { AccessToken } from "./access-token.ts";
import { Connector, MasterConnector } from "./connector.ts";

/** A Redis, and the token that takes the place of a password, if one does. */
export interface RedisAccess extends RedisTarget {
  readonly accessToken?: AccessToken;
}

/** A connection that owes a reply and is silent for this long is closed and reopened. */
const SILENCE_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const BACKOFF = { firstMs: 100, maxMs: 2_000 };

/** How often a cluster's slot map is refreshed, even if nothing reveals a change. */
const SLOTS_REFRESH_MS = 10_000;

/** The client for all commands but subscriptions. Commands of one tick share one pipeline for each node. */
export function openCommandClient(target: RedisAccess): Redis | Cluster {
  if (!target.cluster) {
    return new Redis({
      ...connectionOptions(target, target.nodes[0] as RedisNode),
      enableAutoPipelining: true,
    });
  }
  return new Cluster([...target.nodes], {
    redisOptions: connectionOptions(target),
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    clusterRetryStrategy: retryPauseMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // Names are resolved when connecting: a certificate is issued for a name.
    dnsLookup: (address, callback) => callback(null, address),
  });
}

/** A separate connection to one node, for its subscriptions. */
export function openSubscriberConnection(target: RedisAccess, node: RedisNode): Redis {
  return new Redis(connectionOptions(target, node));
}

function connectionOptions(target: RedisAccess, node?: RedisNode) {
  const tls = target.tls && { ...target.tls, checkServerIdentity: checkHost };
  return {
    ...(target.sentinel ? sentinelOptions(target, target.sentinel, tls) : node),
    db: target.db,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    Connector,
    ...target.accessToken?.options,
    ...(target.sentinel ? { Connector: MasterConnector } : {}),
    ...(tls === undefined ? {} : { tls }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    keepAlive: 10_000,
    // Fail fast: nothing waits for a reconnection, and commands under way are not resent behind the caller's back,
    // when a delivery may have been acknowledged long ago.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: retryPauseMs,
    // After a failover behind an unchanged address, we are connected to what is now a replica.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  } satisfies RedisOptions;
}

/**
 * Each time that the connection opens, a Sentinel says which Redis is the master. The one before is restarted or made a
 * replica by the Sentinels, which closes its connections. ioredis can also listen to the Sentinels, but reports each that
 * is down on the console, every second.
 */
function sentinelOptions(
  { nodes }: RedisTarget,
  { master, username, password }: RedisSentinel,
  tls: RedisOptions["tls"],
) {
  return {
    sentinels: [...nodes],
    name: master,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    sentinelRetryStrategy: retryPauseMs,
    sentinelCommandTimeout: SILENCE_MS,
  } satisfies RedisOptions;
}

/** Google's Memorystore puts its address only into the common name, which Node ignores. */
function checkHost(host: string, certificate: PeerCertificate): Error | undefined {
  const { subjectaltname, subject } = certificate;
  if (subjectaltname === undefined && subject.CN === host) return undefined;
  return checkServerIdentity(host, certificate);
}

/** @param attempt 1 at first */
export function retryPauseMs(attempt: number): number {
  return backoffMs(BACKOFF, attempt - 1);
}
