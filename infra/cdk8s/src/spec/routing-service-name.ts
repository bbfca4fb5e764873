import { dnsLabel } from "./quantities.ts";

/** All names of a routing service's objects begin with its own. */
export const routingServiceName = dnsLabel.max(40);

export const NAME_RULE = "metadata.name must be at most 40 lower-case letters, digits and inner hyphens";
