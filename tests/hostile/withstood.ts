import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";

const NAMES = [
  "sockets opened and closed, 32 at once",
];

const named = (names: readonly string[]) => {
  const missing = names.filter((name) => !ATTACKS.some((attack) => attack.name === name));
  if (missing.length > 0) throw new Error(`no such attack: ${missing.join("; ")}`);
  return ATTACKS.filter(({ name }) => names.includes(name));
};

/** What both targets withstand. */
export const WITHSTOOD = named(NAMES);
