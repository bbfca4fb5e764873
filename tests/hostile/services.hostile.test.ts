import { servicesTarget } from "@dumbwaiter/dev-env/hostile/targets";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import { withstands } from "./withstands.ts";
import { SERVICES_WITHSTAND } from "./withstood.ts";

const services = async () => servicesTarget(await sharedServers());

withstands("the services with the memory of their pods", services, {
  attacks: SERVICES_WITHSTAND,
  attackMs: 10_000,
});
