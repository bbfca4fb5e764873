import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";
import { SHORT_WITHSTANDS } from "./withstood.ts";

withstands("the embedded process, for a moment,", embeddedTarget, {
  attacks: SHORT_WITHSTANDS,
  attackMs: 2_000,
});
