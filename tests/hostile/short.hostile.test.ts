import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { WITHSTOOD_SHORT } from "./withstood.ts";
import { withstands } from "./withstands.ts";

withstands("the embedded process, for a moment,", embeddedTarget, { attacks: WITHSTOOD_SHORT, attackMs: 2_000 });
