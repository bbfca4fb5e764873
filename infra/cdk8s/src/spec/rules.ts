import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { IMMUTABLE_RULES } from "./immutable-rules.ts";
import { LIMIT_RULES } from "./limit-rules.ts";
import { COMPONENTS, type RoutingServiceSpec } from "./routing-service-props.ts";
import type { SpecRule } from "./spec-rule.ts";

export const SPEC_RULES: readonly SpecRule[] = [
  ...COMPONENTS.map(
    (component): SpecRule => ({
      message: `${component}.replicas.min must be less than or equal to ${component}.replicas.max`,
      cel: `self.${component}.replicas.min <= self.${component}.replicas.max`,
      holds: (spec) => spec[component].replicas.min <= spec[component].replicas.max,
    }),
  ),
  ...COMPONENTS.map(
    (component): SpecRule => ({
      message: `each item of ${component}.tolerations: tolerationSeconds requires the effect NoExecute`,
      cel: `!has(self.${component}.tolerations) || self.${component}.tolerations.all(each, !has(each.tolerationSeconds) || (has(each.effect) && each.effect == 'NoExecute'))`,
      holds: (spec) =>
        (spec[component].tolerations ?? []).every(
          ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === "NoExecute",
        ),
    }),
  ),
  {
    message: "auth.additionalIssuers: each issuer must differ from auth.issuer and from the others",
    cel:
      "!has(self.auth.additionalIssuers) || self.auth.additionalIssuers.all(each, each.issuer != self.auth.issuer && " +
      "self.auth.additionalIssuers.exists_one(other, other.issuer == each.issuer))",
    holds: ({ auth }) => {
      const issuers = [auth.issuer, ...(auth.additionalIssuers ?? []).map(({ issuer }) => issuer)];
      return new Set(issuers).size === issuers.length;
    },
  },
  {
    message: "exactly one of redis.urlSecret and redis.url is required",
    cel: "has(self.redis.urlSecret) != has(self.redis.url)",
    holds: ({ redis }) => (redis.urlSecret === undefined) !== (redis.url === undefined),
  },
  {
    message: "google.projectNumber is required unless google.emulators is set",
    cel: "has(self.google.projectNumber) || has(self.google.emulators)",
    holds: ({ google }) => google.projectNumber !== undefined || google.emulators !== undefined,
  },
  {
    message: "google.cloudResources must be external if google.emulators is set",
    cel: "!has(self.google.emulators) || self.google.cloudResources == 'external'",
    holds: ({ google }) => google.emulators === undefined || google.cloudResources === "external",
  },
  {
    message: "route.host is required for a gateway or an ingress",
    cel: "self.route.kind == 'none' || has(self.route.host)",
    holds: ({ route }) => route.kind === "none" || route.host !== undefined,
  },
  {
    message:
      "exactly one of route.certificateMap and route.tlsSecret is required if route.kind is gateway, unless route.existingGateway is set",
    cel: "self.route.kind != 'gateway' || has(self.route.existingGateway) || has(self.route.certificateMap) != has(self.route.tlsSecret)",
    holds: ({ route }) =>
      route.kind !== "gateway" ||
      route.existingGateway !== undefined ||
      (route.certificateMap !== undefined) !== (route.tlsSecret !== undefined),
  },
  {
    message: "network.redis requires cidrs or podLabels",
    cel: "size(self.network.redis.cidrs) > 0 || has(self.network.redis.podLabels)",
    holds: ({ network }) => network.redis.cidrs.length > 0 || network.redis.podLabels !== undefined,
  },
  {
    // A network policy peer without a selector matches everything.
    message: "each item of network.extraEgress requires cidrs or podLabels",
    cel: "self.network.extraEgress.all(to, has(to.cidrs) || has(to.podLabels))",
    holds: ({ network }) =>
      network.extraEgress.every(({ cidrs, podLabels }) => cidrs !== undefined || podLabels !== undefined),
  },
  {
    message: "each item of network.redis.ports: endPort must be greater than or equal to port",
    cel: "self.network.redis.ports.all(each, !has(each.endPort) || each.endPort >= each.port)",
    holds: ({ network }) => network.redis.ports.every(({ port, endPort = port }) => endPort >= port),
  },
  {
    message: "google.pubsub: IDs must not begin with goog",
    cel: PUBSUB_NAMES.map(({ field }) => `self.${field.join(".")}`)
      .map((id) => `(!has(${id}) || !${id}.startsWith('goog'))`)
      .join(" && "),
    holds: ({ google }) => Object.values(google.pubsub).every((id) => !id?.startsWith("goog")),
  },
  ...LIMIT_RULES,
  ...IMMUTABLE_RULES,
];

/** A sentence for each rule that a spec breaks, as a change of `previous` if that is given. */
export function problemsOf(spec: RoutingServiceSpec, previous = spec): string[] {
  return SPEC_RULES.filter((rule) => !rule.holds(spec, previous)).map(({ message }) => message);
}
