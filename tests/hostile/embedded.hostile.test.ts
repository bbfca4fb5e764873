import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";
import { EMBEDDED_WITHSTANDS } from "./withstood.ts";

withstands("the embedded process", embeddedTarget, { attacks: EMBEDDED_WITHSTANDS, attackMs: 10_000 });
