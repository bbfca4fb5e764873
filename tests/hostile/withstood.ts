import type { Attack } from "@dumbwaiter/dev-env/hostile/attack";
import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";

const BY_BOTH = [
  "pings whose pongs are not read, 2 sockets",
  "sockets opened and closed, 32 at once",
  "handshakes with bad tokens, 32 at once",
  "Upgrade to h2c and to nothing known, 32 at once",
  "joining with a new device each, 32 at once",
];

const BY_EMBEDDED = [
  "auth with a bad token, 16 sockets, 20 in flight",
  "joining and closing, 32 at once",
  "headers of 15 KB, 32 connections that read",
  "headers that trickle, 500 connections",
  "3,000 idle connections",
  "connections opened and closed, 64 at once",
];

/** What each target withstands. */
export const EMBEDDED_WITHSTANDS = [...BY_BOTH, ...BY_EMBEDDED].map(attackNamed);
export const SERVICES_WITHSTAND = BY_BOTH.map(attackNamed);

function attackNamed(wanted: string): Attack {
  const attack = ATTACKS.find(({ name }) => name === wanted);
  if (!attack) throw new Error(`no attack is named ${wanted}`);
  return attack;
}
