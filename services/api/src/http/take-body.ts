import type { IncomingMessage } from "node:http";
import {
  DumbwaiterError,
  ERROR_CODES,
  LocalTokenBucket,
  type NetworkPrefix,
  RateLimitedError,
  tokenBucket,
  UNKNOWN_NETWORK,
} from "@dumbwaiter/core";
import { type ByteBudget, HeldBytes, type Holder, pause, RecentUsers } from "@dumbwaiter/service";
import { abandon, holdBytes } from "./hold-bytes.ts";
import { hasBody } from "./json-body.ts";
import type { Answer } from "./problem.ts";

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

/**
 * What may have been read of bodies that wait for their turn: up to 128 KiB of each. A user's is more than the pace makes
 * wait.
 */
const WAITING_OF_USERS = { owner: 12 * MIB, total: 24 * MIB };
const WAITING_OF_NETWORKS = { owner: 8 * MIB, total: 8 * MIB };

/** What bounds bodies, by the users or networks that they come from. */
export interface BodyBounds<User extends string> {
  /** What has arrived of bodies that wait. Above it, connections end. */
  readonly waiting: HeldBytes;
  readonly budget: ByteBudget<User>;
  readonly paces: RecentUsers<LocalTokenBucket, User>;
  /** Of all of them together. */
  readonly sharedPace?: LocalTokenBucket;
  /** What the smallest body counts for. */
  readonly minBytes: number;
}

export function boundsOfUsers<User extends string>(budget: ByteBudget<User>): BodyBounds<User> {
  return {
    waiting: new HeldBytes(WAITING_OF_USERS),
    budget,
    paces: new RecentUsers(() => new LocalTokenBucket(USER_PACE)),
    minBytes: 0,
  };
}

export function boundsOfNetworks(budget: ByteBudget<NetworkPrefix>): BodyBounds<NetworkPrefix> {
  const paceOf = (network: NetworkPrefix) => (network === UNKNOWN_NETWORK ? ANONYMOUS_PACE : NETWORK_PACE);
  return {
    waiting: new HeldBytes(WAITING_OF_NETWORKS),
    budget,
    paces: new RecentUsers((network) => new LocalTokenBucket(paceOf(network))),
    sharedPace: new LocalTokenBucket(ANONYMOUS_PACE),
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
  { waiting, budget, paces, sharedPace, minBytes }: BodyBounds<User>,
  user: User,
  { request, response, maxBytes }: { request: IncomingMessage; response: Answer; maxBytes: number },
  handler: () => Promise<void>,
): Promise<void> {
  if (!hasBody(request)) return handler();
  const announced = request.headers["content-length"];
  const held = Math.min(Number(announced ?? maxBytes), maxBytes);
  const arrived = countArrivals(request, () => waiting.update(waiter));
  const waiter = new Waiter(arrived, response);
  const pace = paces.of(user);
  const delayMs = Math.max(pace.waitMs, sharedPace?.waitMs ?? 0);
  if (delayMs > MAX_BODY_DELAY_MS) throw new RateLimitedError(delayMs);
  // A user's bodies wait for those under way, too. Callers whom nobody knows could hold up others with mere headers.
  const reserved = announced === undefined || sharedPace ? 0 : held;
  pace.take(reserved);
  let factor = 1;
  try {
    waiting.join(waiter, user);
    await pause(response, delayMs);
    if (response.closed) return;
    await holdBytes(budget, user, { bytes: held }, response, () => {
      waiting.remove(waiter);
      return handler().catch((error) => {
        if (isRefusal(error)) factor = COST_OF_REFUSAL;
        throw error;
      });
    });
  } finally {
    waiting.remove(waiter);
    const cost = Math.max(arrived(), minBytes);
    pace.take(factor * cost - reserved);
    sharedPace?.take(cost);
  }
}

/** A body that waits for its turn. */
class Waiter implements Holder {
  readonly #arrived: () => number;
  readonly #response: Answer;

  constructor(arrived: () => number, response: Answer) {
    this.#arrived = arrived;
    this.#response = response;
  }

  get heldBytes(): number {
    return this.#arrived();
  }

  evict(): void {
    abandon(this.#response, "rate_limited");
  }
}

/** @returns how many bytes of the body have arrived; not `bytesRead` of the socket, which often has some already */
function countArrivals(request: IncomingMessage, changed: () => void): () => number {
  let bytes = request.readableLength;
  const push = request.push.bind(request);
  // Not assigned as it is written: see ADR 59.
  const countingPush: typeof push = (chunk, encoding) => {
    bytes += chunk?.length ?? 0;
    changed();
    return push(chunk, encoding);
  };
  request.push = countingPush;
  return () => bytes;
}

function isRefusal(error: unknown): boolean {
  return error instanceof DumbwaiterError && ERROR_CODES[error.code].status < 500;
}
