import { servicesTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";
import { SERVICES_WITHSTAND } from "./withstood.ts";

/** Few enough that the Firestore emulator, which never frees deleted documents, does not slow down. */
const ATTACKS_PER_START = 13;

for (let start = 0; start < SERVICES_WITHSTAND.length; start += ATTACKS_PER_START) {
  withstands("the services with the memory of their pods", servicesTarget, {
    attacks: SERVICES_WITHSTAND.slice(start, start + ATTACKS_PER_START),
    attackMs: 10_000,
  });
}
