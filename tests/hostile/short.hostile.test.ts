import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";
import { ALL } from "./withstood.ts";

withstands("the embedded process, for a moment,", embeddedTarget, {
  attacks: ALL,
  attackMs: 2_000,
});
