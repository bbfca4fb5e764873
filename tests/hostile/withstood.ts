import type { Attack } from "@dumbwaiter/dev-env/hostile/attack";
import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";

/** What the embedded process and the services withstand. */
const WITHSTOOD = [
  "sockets opened and closed, 32 at once",
  "Upgrade to h2c and to nothing known, 32 at once",
];

export const ALL = WITHSTOOD.map(attackNamed);

function attackNamed(wanted: string): Attack {
  const attack = ATTACKS.find(({ name }) => name === wanted);
  if (!attack) throw new Error(`no attack is named ${wanted}`);
  return attack;
}
