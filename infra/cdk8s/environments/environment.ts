import type { DevelopmentImages } from "../src/constructs/development/development-servers.ts";
import type { RoutingServiceSpecInput } from "../src/spec/routing-service-props.ts";

/** A routing service where it is installed: plain data, from which `npm run synth` makes its manifests. */
export interface Environment {
  /** The folder's name under `dist`. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly spec: RoutingServiceSpecInput;
  /** Runs Redis, Google's emulators and an issuer beside it. */
  readonly developmentServers?: DevelopmentImages;
}
