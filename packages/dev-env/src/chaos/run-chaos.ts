import { setTimeout as sleep } from "node:timers/promises";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { connectRecipient } from "../traffic/connected-recipient.ts";
import { addedUp, type ChaosReport, isStuck, Ledger } from "../traffic/ledger.ts";
import { pullInTurn, pullOnce } from "../traffic/pulling-devices.ts";
import { sendUntilAccepted } from "../traffic/sender.ts";
import { planFaults, strike, type Victim } from "./faults.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface ChaosOptions {
  api: readonly string[];
  realtime: readonly string[];
  issuer: string;
  /**
   * What may be killed, by kind. Each round kills one of each kind. After half of the faults, at random, the next one
   * follows immediately; after the others the run waits until every message has arrived.
   */
  victims: readonly Victim[][];
  rounds: number;
  messages: number;
  /** The first half is connected from the start; the others begin to pull when half of the messages are sent. */
  users: number;
  /** Of each user. Every message must reach each of them, and counts once for each. */
  devices: number;
  /** Bytes of the largest envelopes. */
  maxBytes: number;
  seed: number;
  say: (line: string) => void;
}

const SENDS_IN_FLIGHT = 64;
/** An eighth of the largest, two eighths, … */
const SIZES = 8;
/** Senders wait while this many messages are under way: the run tests faults, not overload. */
const MAX_OVERDUE = 500;
/** How long after the last fault the run pulls what did not arrive, to tell stuck from lost. */
const PATIENCE_MS = 120_000;
/** How many late or lost messages are listed. */
const NAMED = 20;
const PROGRESS_MS = 5_000;

/** What makes an envelope unlike all others. */
const MIN_DATA_BYTES = 24;

/** An envelope of at most so many bytes of JSON, unless it could not carry anything. */
function envelopeOf(recipient: WireUser, bytes: number): ReturnType<typeof newEnvelope> {
  const base64Bytes = bytes - JSON.stringify(newEnvelope(recipient, 0)).length;
  return newEnvelope(recipient, Math.max(MIN_DATA_BYTES, Math.floor(base64Bytes / 4) * 3));
}

/** Sends while it kills and restarts the victims one after the other, and accounts for every message. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { api, realtime, issuer, say } = options;
  const random = new SeededRandom(options.seed);
  /** What each user's first device got, each user's second, … */
  const ledgers = Array.from({ length: options.devices }, () => new Ledger());
  const end = new AbortController();
  const users = Array.from({ length: options.users }, (_, index) => {
    const nearest = (urls: readonly string[]) => urls[index % urls.length] as string;
    return new WireUser(`chaos-${index}`, { api: nearest(api), realtime: nearest(realtime), issuer });
  });
  const half = Math.ceil(users.length / 2);
  const connected = new Set(users.slice(0, half).map(({ name }) => name));
  /** The devices of these users, each with its ledger. A user's only device is the one that users have by default. */
  const devicesOf = (of: readonly WireUser[]) =>
    ledgers.flatMap((ledger, index) =>
      of.map((user) => ({ ledger, user: ledgers.length === 1 ? user : user.device(`device-${index}`) })),
    );
  const [connecting, later] = [devicesOf(users.slice(0, half)), devicesOf(users.slice(half))];
  const recipients = await Promise.all(connecting.map(({ user, ledger }) => connectRecipient(user, ledger)));
  if (ledgers.length > 1) await Promise.all(later.map(({ user }) => user.pull())); // registers them
  say(`${half} users are connected, ${users.length - half} will pull later`);

  const total = (count: (ledger: Ledger) => number) =>
    ledgers.reduce((sum, ledger) => sum + count(ledger), 0);
  const overdue = () => total(({ overdueCount }) => overdueCount);
  const missing = () => total((ledger) => ledger.missing().length);
  const counts = () =>
    `${total(({ acceptedCount }) => acceptedCount)} sent, ${total(({ receivedCount }) => receivedCount)} received`;

  let paced = true;
  /** Waits until the recipients keep up. After `PATIENCE_MS` it gives up for the rest of the run; the report shows it. */
  async function deliveriesCatchUp(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (paced && overdue() >= MAX_OVERDUE && !end.signal.aborted) {
      paced = performance.now() < deadline;
      await sleep(20);
    }
  }

  async function send(index: number): Promise<void> {
    await deliveriesCatchUp();
    const recipient = users[index % users.length] as WireUser;
    const sender = users[(index + 1) % users.length] as WireUser;
    const envelope = envelopeOf(recipient, Math.ceil((options.maxBytes * ((index % SIZES) + 1)) / SIZES));
    for (const ledger of ledgers) ledger.intends(envelope.encryptedData, recipient.name);
    const patience = AbortSignal.any([end.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const id = await sendUntilAccepted(sender, envelope, api, patience);
    if (id === undefined) return;
    for (const ledger of ledgers) ledger.accepts(id, envelope.encryptedData, performance.now());
  }

  /** Sends one share of the messages, and kills the victim at a random point in it. */
  async function sendShare(from: number, to: number, victim: Victim | undefined): Promise<void> {
    const strikeAt = Math.floor(random.between(from, to));
    let fault: Promise<void> | undefined;
    let next = from;
    async function work(): Promise<void> {
      while (next < to) {
        const index = next++;
        if (victim && index === strikeAt) {
          for (const ledger of ledgers) ledger.faultBegins(victim.name, performance.now());
          fault = strike(victim, random).then(() => {
            for (const ledger of ledgers) ledger.faultEnds(performance.now());
          });
          fault.catch(() => end.abort()); // it does not start again: the run cannot go on
        }
        await send(index);
      }
    }
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: SENDS_IN_FLIGHT }, work));
    await fault;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(`${victim ? `killed and restarted ${victim.name}` : "no fault"}: ${counts()} (${seconds} s)`);
  }

  async function patiently(isWell: () => boolean): Promise<void> {
    const startedAt = performance.now();
    while (!isWell() && performance.now() < startedAt + PATIENCE_MS) await sleep(100);
    say(`  waited for ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${counts()}`);
  }

  const faults = planFaults(options.victims, options.rounds, random);
  const shares = faults.length + 1;
  const border = (share: number) => Math.floor((share / shares) * options.messages);
  const progress = setInterval(() => say(`  ${counts()}`), PROGRESS_MS);
  let pulling: Promise<void> | undefined;
  try {
    for (let share = 0; share < shares; share++) {
      if (share === Math.floor(shares / 2)) {
        pulling = pullInTurn(later, end.signal);
      }
      await sendShare(border(share), border(share + 1), faults[share]);
      if (random.next() < 0.5) await patiently(() => overdue() === 0);
    }
    await patiently(() => missing() === 0);
  } finally {
    clearInterval(progress);
    end.abort();
    await pulling;
    await Promise.all(recipients.map((recipient) => recipient.close()));
  }
  // What is still queued is stuck; what is not queued is lost.
  for (const { user, ledger } of [...connecting, ...later]) {
    if (!ledger.missing().some(({ recipient }) => recipient === user.name)) continue;
    while (!(await pullOnce(user, ledger, performance.now())));
  }
  const name = (user: string) => `${user}, who ${connected.has(user) ? "was connected" : "pulled"}`;
  const lost = ledgers.flatMap((ledger) => ledger.missing());
  const stuck = ledgers.flatMap((ledger) => ledger.waits().filter(isStuck));
  for (const { id, recipient } of lost.slice(0, NAMED)) say(`lost: ${id} for ${name(recipient)}`);
  for (const { id, recipient, ms, after = "the start" } of stuck.slice(0, NAMED)) {
    say(`stuck: ${id} for ${name(recipient)}: ${(ms / 1000).toFixed(1)} s after ${after}`);
  }
  return addedUp(ledgers.map((ledger) => ledger.report()));
}
