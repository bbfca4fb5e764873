import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Clock,
  DumbwaiterError,
  ERROR_CODES,
  LocalTokenBucket,
  type NetworkPrefix,
  RateLimitedError,
  tokenBucket,
  UNKNOWN_NETWORK,
} from "@dumbwaiter/core";
import { type ByteBudget, pause, RecentUsers } from "@dumbwaiter/service";
import { holdBytes } from "./hold-bytes.ts";
import { hasBody } from "./json-body.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** A call whose body would have to wait for longer is refused. */
const MAX_BODY_DELAY_MS = 10_000;

/** Before it is refused, a body may cost several times what it would cost to accept it. */
const COST_OF_REFUSAL = 8;

/** Of a user's bodies: far above what a user may send in an hour. */
const USER_PACE = tokenBucket(MIB, 2 * MIB);

/** Of the bodies from one network, in which many may send. */
const NETWORK_PACE = tokenBucket(4 * MIB, 8 * MIB);

/** Of all bodies whose senders nobody knows: what takes a process a quarter of its time. */
const ANONYMOUS_PACE = tokenBucket(16 * MIB, 16 * MIB);

/** What bounds bodies, by the users or networks that they come from. */
export interface BodyBounds<User extends string> {
  readonly budget: ByteBudget<User>;
  readonly paces: RecentUsers<LocalTokenBucket, User>;
  /** Of all of them together. */
  readonly sharedPace?: LocalTokenBucket;
  /** What the smallest body counts for. */
  readonly minBytes: number;
}

export function boundsOfUsers<User extends string>(budget: ByteBudget<User>, clock: Clock): BodyBounds<User> {
  return { budget, paces: new RecentUsers(() => new LocalTokenBucket(USER_PACE, clock)), minBytes: 0 };
}

export function boundsOfNetworks(budget: ByteBudget<NetworkPrefix>, clock: Clock): BodyBounds<NetworkPrefix> {
  const paceOf = (network: NetworkPrefix) => (network === UNKNOWN_NETWORK ? ANONYMOUS_PACE : NETWORK_PACE);
  return {
    budget,
    paces: new RecentUsers((network) => new LocalTokenBucket(paceOf(network), clock)),
    sharedPace: new LocalTokenBucket(ANONYMOUS_PACE, clock),
    minBytes: KIB,
  };
}

/**
 * Calls the handler once it is time for the request's body, if it has one, and there is room for it.
 *
 * @param maxBytes the most that the handler reads
 * @throws RateLimitedError, what {@link holdBytes} throws, and what the handler throws
 */
export async function takeBody<User extends string>(
  { budget, paces, sharedPace, minBytes }: BodyBounds<User>,
  user: User,
  { request, response, maxBytes }: { request: IncomingMessage; response: ServerResponse; maxBytes: number },
  handler: () => Promise<void>,
): Promise<void> {
  if (!hasBody(request)) return handler();
  const announced = request.headers["content-length"];
  const held = Math.min(Number(announced ?? maxBytes), maxBytes);
  const { bytesRead } = request.socket;
  const pace = paces.of(user);
  const delayMs = Math.max(pace.waitMs, sharedPace?.waitMs ?? 0);
  if (delayMs > MAX_BODY_DELAY_MS) throw new RateLimitedError(delayMs);
  const count = (bytes: number) => {
    const cost = Math.max(bytes, minBytes);
    pace.take(cost);
    sharedPace?.take(cost);
  };
  if (announced !== undefined) count(held);
  await pause(response, delayMs);
  if (response.closed || !(await holdBytes(budget, user, held, response))) return;
  try {
    await handler();
  } catch (error) {
    if (isRefusal(error)) pace.take((COST_OF_REFUSAL - 1) * Math.max(held, minBytes));
    throw error;
  } finally {
    if (announced === undefined) count(request.socket.bytesRead - bytesRead);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof DumbwaiterError && ERROR_CODES[error.code].status < 500;
}
