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
  "CONNECT to namespaces of one letter, 2 sockets",
  "CONNECT to other namespaces after joining, 4 sockets",
  "600 half-sent frames of 315 KB",
  "a frame in fragments of one byte, 8 sockets",
  "empty frames, 8 sockets",
  "unasked pongs, 8 sockets",
  "Engine.IO's noop packets, 8 sockets",
  "2,000 sockets that never join, 1,000 half-sent upgrades",
  "pulls of an empty queue, 32 sockets, 20 in flight",
  "sends, 32 sockets, 20 in flight",
  "unknown events, 16 sockets",
  "events without a callback, 16 sockets",
  "events of 100,000 objects, 8 sockets",
  "events of depth 100,000, 8 sockets",
  "events whose attachments never come, 16 sockets",
  "leaving and joining again on one transport, 16 sockets",
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
