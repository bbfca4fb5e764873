import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";
import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";

withstands("the embedded process", embeddedTarget, { attacks: ATTACKS, attackMs: 10_000 });
