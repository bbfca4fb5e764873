import type { Attack } from "../attack.ts";
import { ANONYMOUS_ATTACKS } from "./anonymous-attacks.ts";
import { ANONYMOUS_HTTP_ATTACKS } from "./anonymous-http-attacks.ts";
import { CALL_ATTACKS } from "./call-attacks.ts";
import { CROWD_ATTACKS } from "./crowd-attacks.ts";
import { HTTP_ATTACKS } from "./http-attacks.ts";
import { SOCKET_ATTACKS } from "./socket-attacks.ts";
import { TRANSPORT_ATTACKS } from "./transport-attacks.ts";

export const ATTACKS: readonly Attack[] = [
  ...TRANSPORT_ATTACKS,
  ...SOCKET_ATTACKS,
  ...HTTP_ATTACKS,
  ...ANONYMOUS_HTTP_ATTACKS,
  ...CALL_ATTACKS,
  ...CROWD_ATTACKS,
  ...ANONYMOUS_ATTACKS,
];
