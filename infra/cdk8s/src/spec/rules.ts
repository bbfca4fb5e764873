import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { IMMUTABLE_RULES } from "./immutable-rules.ts";
import { LIMIT_RULES } from "./limit-rules.ts";
import { MONITORING_RULES } from "./monitoring-rules.ts";
import { NETWORK_RULES } from "./network-rules.ts";
import { ROUTE_RULES } from "./route-rules.ts";
import { COMPONENTS, type RoutingServiceSpec } from "./routing-service-props.ts";
import type { SpecRule } from "./spec-rule.ts";
import { TEMPLATE_RULES } from "./template-rules.ts";

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
    message: "redis.url must be rediss: if redis.authentication is googleIam",
    cel: "!has(self.redis.authentication) || self.redis.authentication != 'googleIam' || !has(self.redis.url) || self.redis.url.startsWith('rediss://')",
    holds: ({ redis }) =>
      redis.authentication !== "googleIam" || redis.url === undefined || redis.url.startsWith("rediss://"),
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
    message: "google.pubsub: IDs must not begin with goog",
    cel: PUBSUB_NAMES.map(({ field }) => `self.${field.join(".")}`)
      .map((id) => `(!has(${id}) || !${id}.startsWith('goog'))`)
      .join(" && "),
    holds: ({ google }) => Object.values(google.pubsub).every((id) => !id?.startsWith("goog")),
  },
  ...MONITORING_RULES,
  ...NETWORK_RULES,
  ...ROUTE_RULES,
  ...LIMIT_RULES,
  ...TEMPLATE_RULES,
  ...IMMUTABLE_RULES,
];

/** A sentence for each rule that a spec breaks, as a change of `previous` if that is given. */
export function problemsOf(spec: RoutingServiceSpec, previous = spec): string[] {
  return SPEC_RULES.filter((rule) => !rule.holds(spec, previous)).map(({ message }) => message);
}
