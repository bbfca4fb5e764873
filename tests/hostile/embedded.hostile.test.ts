import { embeddedTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { withstands } from "./withstands.ts";
import { ALL } from "./withstood.ts";

withstands("the embedded process", embeddedTarget, { attacks: ALL, attackMs: 10_000 });
