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
import { ByteBudget, pause, RecentUsers } from "@dumbwaiter/service";
import { holdBytes, takeBytes } from "./hold-bytes.ts";
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

/** What Node has read of a body before anybody asks for it: what it reads of a connection at once, twice. */
const UNASKED_BYTES = 128 * KIB;

/** For what has been read of bodies that wait for their turn. */
const WAITING_ROOM = {
  perUser: MIB,
  waitingPerUser: 32,
  waitingPerProcess: 64,
  maxWaitMs: 10_000,
  patienceMs: 250,
};

/** What bounds bodies, by the users or networks that they come from. */
export interface BodyBounds<User extends string> {
  readonly waitingRoom: ByteBudget<User>;
  readonly budget: ByteBudget<User>;
  readonly paces: RecentUsers<LocalTokenBucket, User>;
  /** Of all of them together. */
  readonly sharedPace?: LocalTokenBucket;
  /** What the smallest body counts for. */
  readonly minBytes: number;
}

export function boundsOfUsers<User extends string>(budget: ByteBudget<User>): BodyBounds<User> {
  return {
    waitingRoom: new ByteBudget({ ...WAITING_ROOM, perProcess: 16 * MIB }),
    budget,
    paces: new RecentUsers(() => new LocalTokenBucket(USER_PACE)),
    minBytes: 0,
  };
}

export function boundsOfNetworks(budget: ByteBudget<NetworkPrefix>): BodyBounds<NetworkPrefix> {
  const paceOf = (network: NetworkPrefix) => (network === UNKNOWN_NETWORK ? ANONYMOUS_PACE : NETWORK_PACE);
  return {
    waitingRoom: new ByteBudget({ ...WAITING_ROOM, perProcess: 4 * MIB, crowd: UNKNOWN_NETWORK }),
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
 * @throws RateLimitedError, what {@link takeBytes} throws, and what the handler throws
 */
export async function takeBody<User extends string>(
  { waitingRoom, budget, paces, sharedPace, minBytes }: BodyBounds<User>,
  user: User,
  { request, response, maxBytes }: { request: IncomingMessage; response: Answer; maxBytes: number },
  handler: () => Promise<void>,
): Promise<void> {
  if (!hasBody(request)) return handler();
  const announced = request.headers["content-length"];
  const held = Math.min(Number(announced ?? maxBytes), maxBytes);
  const arrived = countArrivals(request);
  const pace = paces.of(user);
  const delayMs = Math.max(pace.waitMs, sharedPace?.waitMs ?? 0);
  if (delayMs > MAX_BODY_DELAY_MS) throw new RateLimitedError(delayMs);
  // A user's bodies wait for those under way, too. Callers whom nobody knows could hold up others with mere headers.
  const reserved = announced === undefined || sharedPace ? 0 : held;
  pace.take(reserved);
  let factor = 1;
  let leaveRoom: (() => void) | undefined;
  try {
    leaveRoom = await takeBytes(waitingRoom, user, Math.min(held, UNASKED_BYTES), response);
    await pause(response, delayMs);
    if (response.closed) return;
    await holdBytes(budget, user, held, response, () => {
      leaveRoom?.();
      return handler().catch((error) => {
        if (isRefusal(error)) factor = COST_OF_REFUSAL;
        throw error;
      });
    });
  } finally {
    leaveRoom?.();
    const cost = Math.max(arrived(), minBytes);
    pace.take(factor * cost - reserved);
    sharedPace?.take(cost);
  }
}

/** @returns how many bytes of the body have arrived; not `bytesRead` of the socket, which often has some already */
function countArrivals(request: IncomingMessage): () => number {
  let bytes = request.readableLength;
  const push = request.push.bind(request);
  request.push = (chunk, encoding) => {
    bytes += chunk?.length ?? 0;
    return push(chunk, encoding);
  };
  return () => bytes;
}

function isRefusal(error: unknown): boolean {
  return error instanceof DumbwaiterError && ERROR_CODES[error.code].status < 500;
}
