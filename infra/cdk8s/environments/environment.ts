import type { DevelopmentImages } from "../src/constructs/development/development-servers.ts";
import type { RoutingServiceSpecInput } from "../src/spec/routing-service-props.ts";

/** An installation of a routing service: plain data from which `npm run synth` generates the manifests. */
export interface Environment {
  /** The name of its folder in `dist`. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly spec: RoutingServiceSpecInput;
  /** Also runs Redis, Google's emulators and an issuer. */
  readonly developmentServers?: DevelopmentImages;
}
