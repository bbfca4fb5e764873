import { dnsLabel } from "./quantities.ts";

/** All names of a routing service's objects begin with its own. */
export const routingServiceName = dnsLabel.max(40);
