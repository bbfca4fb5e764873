import { servicesTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import { withstands } from "./withstands.ts";
import { ALL } from "./withstood.ts";

const services = async () => servicesTarget(await sharedServers());

withstands("the services with the memory of their pods", services, { attacks: ALL, attackMs: 10_000 });
