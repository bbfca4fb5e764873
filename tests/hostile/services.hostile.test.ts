import { ATTACKS } from "@dumbwaiter/dev-env/hostile/attacks/index";
import { servicesTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import { withstands } from "./withstands.ts";

const services = async () => servicesTarget(await sharedServers());

withstands("the services with the memory of their pods", services, { attacks: ATTACKS, attackMs: 10_000 });
