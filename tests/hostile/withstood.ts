import type { Attack } from "@dumbwaiter/dev-env/hostile/attack";
import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";

const BY_BOTH = [
  "pings whose pongs are not read, 2 sockets",
  "sockets opened and closed, 32 at once",
  "handshakes with bad tokens, 32 at once",
  "Upgrade to h2c and to nothing known, 32 at once",
  "joining with a new device each, 32 at once",
  "GETs of unknown paths, 32 connections that read",
  "GETs with bad tokens and unknown keys, 32 connections that read",
  "GETs of a file of /docs, 32 connections that read, 4 in flight",
  "GETs of /openapi.json, 32 connections that read, 16 in flight",
  "OPTIONS, 64 connections that read, 16 in flight",
  "refusals (404), 64 connections that read, 16 in flight",
  "refusals (401), 500 connections that read, 1 in flight",
  "Expect: 100-continue and no body, 1,000 connections",
  "chunks of one byte with extensions, 16 connections",
  "chunks of one byte without a token, 16 connections",
  "130 pipelined pulls of 8 MiB, 4 connections that never read",
  "pulls of 8 MiB read at one byte a second, 50 connections",
  "acks of 500 made-up ids, 32 connections",
  "sends under one Idempotency-Key, 16 connections",
  "envelopes that are refused, 16 connections",
  "envelopes that are refused, on a new connection each, 16 at once",
  "pulls of an empty queue, 32 connections, 16 in flight",
  "HEADs of a queue, 32 connections, 16 in flight",
  "sends, 32 connections, 16 in flight",
  "sends of 256 KB, 16 connections, 4 in flight",
  "bodies of depth 100,000, 16 connections",
  "devices registered and removed, 16 at once",
  "the user removed and registered, 16 at once",
  "CONNECT to namespaces of one letter, 2 sockets",
  "CONNECT to namespaces of 300 KB, 2 sockets",
  "CONNECT to other namespaces after joining, 4 sockets",
  "600 half-sent frames of 315 KB",
  "a frame in fragments of one byte, 8 sockets",
  "empty frames, 8 sockets",
  "unasked pongs, 8 sockets",
  "Engine.IO's noop packets, 8 sockets",
  "2,000 sockets that never join, 1,000 half-sent upgrades",
  "unknown events, 16 sockets",
  "events of 100,000 objects, 8 sockets",
  "events of depth 100,000, 8 sockets",
  "events whose attachments never come, 16 sockets",
  "leaving and joining again on one transport, 16 sockets",
  "160 sockets that never read, a full queue",
  "pulls of 8 MiB, 16 sockets, 4 in flight",
  "pulls of an empty queue, 32 sockets, 20 in flight",
  "sends, 32 sockets, 20 in flight",
  "auth with a bad token, 16 sockets, 20 in flight",
  "joining and closing, 32 at once",
  "headers of 15 KB, 32 connections that read",
  "3,000 idle connections",
  "connections opened and closed, 64 at once",
  "1,500 pipelined GETs of a file of /docs, 20 connections",
  "1,500 pipelined refusals (401), 20 connections",
  "pulls of 8 MiB, 100 connections that never read",
  "pulls of 8 MiB, 16 connections that read",
  "chunks of one byte with a token, 16 connections",
  "sends to a new recipient each, 16 at once",
  "100,000 {} beside the token in auth, 160 sockets",
  "acks of 500 made-up ids, 32 sockets, 20 in flight",
  "acks of 500 made-up ids, 32 connections, 16 in flight",
  "sends of 256 KB, 8 sockets, 4 in flight",
  "160 sockets that never read, 60 pulls each",
];

const BY_EMBEDDED = [
  "acks of 500 made-up ids, 32 sockets, without waiting",
  "events without a callback, 16 sockets",
  "headers that trickle, 500 connections",
  "1,500 pipelined GETs of /openapi.json, 20 connections",
  "1,500 pipelined HEADs, 20 connections",
  "1,500 pipelined OPTIONS, 20 connections",
  "bodies of 256 KB without their last byte, 600 connections",
  "50 accounts that send to one user",
  "tokens of the development issuer, 32 connections, 16 in flight",
  "bodies of 90 KB for the development issuer, 32 connections",
  "pulls of 8 MiB read at one byte a second, 14 accounts with 20 connections each",
  "three accounts with ten devices each, 100 envelopes of 255 KB",
  "pulls of 8 MiB, 14 accounts with 4 sockets each",
  "sends of 256 KB, 40 accounts",
  "sends of 256 KB, 20 accounts, 2 in flight",
  "pulls of an empty queue, 50 accounts, 4 in flight",
  "messages of 256 KB to the own 160 sockets, which read",
  "100 sends to ten devices, then the user removed, 4 accounts",
];

const BY_SERVICES = [
  "Engine.IO's polling, 32 connections that read, 16 in flight",
  "requests byte by byte, 64 connections",
  "tokens with a wrong signature, on a new connection each, 32 at once",
  "upgrades to a WebSocket at the api, 32 at once",
  "acks of 500 made-up ids, 20 accounts, 4 in flight",
];

/** One of each kind. */
const SHORT = [
  "pings whose pongs are not read, 2 sockets",
  "CONNECT to namespaces of one letter, 2 sockets",
  "CONNECT to other namespaces after joining, 4 sockets",
  "600 half-sent frames of 315 KB",
  "a frame in fragments of one byte, 8 sockets",
  "empty frames, 8 sockets",
  "events of 100,000 objects, 8 sockets",
  "events whose attachments never come, 16 sockets",
  "auth with a bad token, 16 sockets, 20 in flight",
  "pulls of an empty queue, 32 sockets, 20 in flight",
  "sends, 32 sockets, 20 in flight",
  "160 sockets that never read, a full queue",
  "handshakes with bad tokens, 32 at once",
  "Upgrade to h2c and to nothing known, 32 at once",
  "joining with a new device each, 32 at once",
  "headers that trickle, 500 connections",
  "3,000 idle connections",
  "1,500 pipelined GETs of a file of /docs, 20 connections",
  "130 pipelined pulls of 8 MiB, 4 connections that never read",
  "acks of 500 made-up ids, 32 connections",
  "bodies of depth 100,000, 16 connections",
  "chunks of one byte with extensions, 16 connections",
  "refusals (404), 64 connections that read, 16 in flight",
  "sends under one Idempotency-Key, 16 connections",
  "devices registered and removed, 16 at once",
];

/** What each target withstands. */
export const EMBEDDED_WITHSTANDS = [...BY_BOTH, ...BY_EMBEDDED].map(attackNamed);
export const SERVICES_WITHSTAND = [...BY_BOTH, ...BY_SERVICES].map(attackNamed);
/** What the embedded process shows of this within some minutes. */
export const SHORT_WITHSTANDS = SHORT.map(attackNamed);

function attackNamed(wanted: string): Attack {
  const attack = ATTACKS.find(({ name }) => name === wanted);
  if (!attack) throw new Error(`no attack is named ${wanted}`);
  return attack;
}
