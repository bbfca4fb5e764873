import { bytes, LIMITS } from "@dumbwaiter/service/settings";
import { BREAKING_A_TEMPLATE } from "./broken-templates.ts";
import { MINIMAL } from "./variants.ts";
import { NAMES_OF_010 } from "./version-010.ts";

const EMULATORS = { pubsub: "pubsub:8085", firestore: "firestore:8086" };
const { google } = MINIMAL;

const ATTACHED = { kind: "gateway", host: "h", existingGateway: { name: "g" } };
const INTERNAL = { kind: "ingress", className: "gce-internal", host: "h" };

/** For each rule, changes of the minimal spec that break it and no other rule. */
export const BREAKING_A_RULE: readonly (readonly [object, RegExp])[] = [
  [{ api: { replicas: { min: 4, max: 3 } } }, /^api.replicas.min/],
  [{ processor: { replicas: { min: 11 } } }, /^processor.replicas.min/],
  [{ realtime: { replicas: { max: 1 } } }, /^realtime.replicas.min/],
  [
    { monitoring: { alertRules: [{ alert: "DumbwaiterAbsent", threshold: 1 }] } },
    /^monitoring.alertRules: only these have a threshold/,
  ],
  ...["api", "processor", "realtime"].map(
    (component) =>
      [
        { [component]: { tolerations: [{ key: "k", effect: "NoSchedule", tolerationSeconds: 9 }] } },
        new RegExp(`^each item of ${component}.tolerations`),
      ] as const,
  ),
  ...[[MINIMAL.auth.issuer], ["https://other.example", "https://other.example"]].map(
    (issuers) =>
      [
        { auth: { ...MINIMAL.auth, additionalIssuers: issuers.map(additionalIssuer) } },
        /^auth.additionalIssuers: each issuer must differ/,
      ] as const,
  ),
  [{ redis: {} }, /^exactly one of redis.urlSecret/],
  [{ redis: { url: "redis://h", urlSecret: { name: "s" } } }, /^exactly one of redis.urlSecret/],
  [
    { redis: { url: "redis://h,", urlSecret: undefined, authentication: "googleIam" } },
    /^redis.url must be rediss:/,
  ],
  [{ google: { project: "a-project" } }, /^google.projectNumber/],
  [{ google: { project: "a-project", emulators: EMULATORS } }, /^google.cloudResources/],
  [{ route: { kind: "ingress" } }, /^route.host/],
  [{ route: { kind: "gateway", host: "h" } }, /^exactly one of route.certificateMap/],
  [
    { route: { kind: "gateway", host: "h", certificateMap: "m", tlsSecret: "s" } },
    /^exactly one of route.certificateMap/,
  ],
  ...(["securityPolicy", "sslPolicy"] as const).map(
    (field) =>
      [
        { route: { kind: "ingress", className: "nginx", host: "h", [field]: "mine" } },
        new RegExp(`^route.${field}`),
      ] as const,
  ),
  [
    { route: { kind: "gateway", host: "h", className: "istio", tlsSecret: "s", logSamplePercent: 0 } },
    /^route.securityPolicy and route.logSamplePercent/,
  ],
  [{ route: { securityPolicy: "mine" } }, /^route.securityPolicy/],
  [{ route: { ...ATTACHED, sslPolicy: "mine" } }, /^route.sslPolicy/],
  [
    { route: { kind: "gateway", host: "h", className: "istio", tlsSecret: "s", sslPolicy: "mine" } },
    /^route.sslPolicy/,
  ],
  [{ route: { ...INTERNAL, sslPolicy: "mine" } }, /^route.sslPolicy/],
  [{ route: { ...ATTACHED, redirectToHttps: true } }, /^route.redirectToHttps/],
  [{ route: { ...INTERNAL, redirectToHttps: true } }, /^route.redirectToHttps/],
  [{ route: { redirectToHttps: true } }, /^route.redirectToHttps/],
  [{ network: { redis: { cidrs: [] } } }, /^network.redis requires/],
  [{ network: { dns: { cidrs: [], namespaces: [] } } }, /^network.dns requires/],
  [{ network: { collector: { port: 4318 } } }, /^network.collector requires/],
  [
    { network: { redis: { ports: [{ port: 11_000, endPort: 10_999 }] } } },
    /^each item of network.redis.ports/,
  ],
  [{ network: { extraEgress: [{ port: 4318 }] } }, /^each item of network.extraEgress/],
  [{ google: { ...google, pubsub: { pushTopic: "google-push" } } }, /^google.pubsub: IDs must not/],
  [{ limits: { maxEnvelopeBytes: "901KiB" } }, /^limits.maxEnvelopeBytes must be/],
  [{ limits: { maxEnvelopeBytes: "921601" } }, /^limits.maxEnvelopeBytes must be/],
  [{ limits: { maxEnvelopeBytes: "1 MiB" } }, /^limits.maxEnvelopeBytes must be/],
  [{ limits: { maxBufferedBytes: "63KiB" } }, /^limits.maxBufferedBytes must be/],
  [{ limits: { senderBytesPerHour: "999999999999999GiB" } }, /^limits.senderBytesPerHour must be/],
  [{ limits: { recipientBytesPerHour: "1023" } }, /^limits.recipientBytesPerHour must be/],
  [
    {
      google: { ...google, workloadIdentity: "impersonation" },
      api: { template: { serviceAccount: annotated("iam.gke.io/gcp-service-account") } },
    },
    /^a template must not annotate a ServiceAccount/,
  ],
  [
    {
      route: { kind: "ingress", className: "gce", host: "h" },
      template: { service: annotated("cloud.google.com/neg") },
    },
    /^a template must not annotate a Service with/,
  ],
  ...LIMITS.flatMap((limit) => ("sizeRange" in limit ? [justOver(limit.field[1], limit.sizeRange[1])] : [])),
];

/** For each rule about changes, a spec that the minimal one, with the changes that come last, cannot change to. */
export const BREAKING_A_CHANGE: readonly (readonly [object, RegExp, object?])[] = [
  [{ google: { ...google, project: "another-project" } }, /^google.project is immutable/],
  [{ google: { ...google, firestoreDatabase: "another" } }, /^google.firestoreDatabase is immutable/],
  [{ google: { ...google, pubsub: { ingressTopic: "another" } } }, /^google.pubsub.ingressTopic and/],
  [{ google: { ...google, pubsub: { ingressSubscription: "another" } } }, /^google.pubsub.ingressTopic and/],
  [
    { google: { ...google, pubsub: { ingressTopic: "another" } } },
    /^google.pubsub.ingressTopic and/,
    { google: { ...google, pubsub: { ingressTopic: "one" } } },
  ],
  [
    { google: { ...google, pubsub: {} } },
    /^google.pubsub.ingressTopic and/,
    { google: { ...google, pubsub: { ingressTopic: "one" } } },
  ],
  [{ google: { ...google, firestoreCollectionPrefix: "" } }, /^google.firestoreCollectionPrefix is/],
  [
    { google: { ...google, firestoreCollectionPrefix: "b." } },
    /^google.firestoreCollectionPrefix is/,
    { google: { ...google, firestoreCollectionPrefix: "a." } },
  ],
  ...["deadLetterTopic", "deadLetterSubscription", "pushTopic"].map(
    (key) =>
      [
        { google: { ...google, pubsub: {} } },
        /^google.pubsub: IDs must not be removed/,
        { google: { ...google, pubsub: { [key]: "one" } } },
      ] as const,
  ),
  [{}, /^redis.keyPrefix must not be removed/, { redis: { ...MINIMAL.redis, keyPrefix: "one" } }],
  ...(["deadLetterTopic", "deadLetterSubscription", "pushTopic"] as const).map((key) => {
    const { [key]: _, ...others } = NAMES_OF_010;
    return [
      { google: { ...google, pubsub: NAMES_OF_010 } },
      /^google.pubsub: the last of the five IDs/,
      { google: { ...google, pubsub: others } },
    ] as const;
  }),
];

/** Changes of the minimal spec that the schema of a field refuses, and the field. */
export const BREAKING_A_FIELD: readonly (readonly [object, string])[] = [
  [{ redis: { url: "redis://:password@h" } }, "redis.url"],
  [{ redis: { urlSecret: { name: "s", key: "" } } }, "redis.urlSecret.key"],
  [{ api: { replicas: { min: 0 } } }, "api.replicas.min"],
  [{ api: { replicas: { max: 1001 } } }, "api.replicas.max"],
  [{ api: { replicas: { min: 1.5 } } }, "api.replicas.min"],
  ...["1X", "512", 512, "0Mi", "1.0005Gi", "-1Gi"].map(
    (memory) => [{ api: { resources: { memory } } }, "api.resources.memory"] as const,
  ),
  ...["0", "0.0", 1000, 0, -0.5, "1.5m", "0.0005", [], {}, { a: 1 }].map(
    (cpu) => [{ api: { resources: { cpu } } }, "api.resources.cpu"] as const,
  ),
  [{ api: { resources: { cpu: "half" } } }, "api.resources.cpu"],
  [{ api: { cpuPercent: 96 } }, "api.cpuPercent"],
  [{ processor: { backlog: { source: "keda" } } }, "processor.backlog.source"],
  [{ api: { autoscaling: { mode: "keda" } } }, "api.autoscaling.mode"],
  [
    { api: { autoscaling: { behavior: { scaleUp: { stabilizationWindowSeconds: 3601 } } } } },
    "api.autoscaling.behavior.scaleUp.stabilizationWindowSeconds",
  ],
  [
    { api: { autoscaling: { behavior: { scaleDown: { policies: [] } } } } },
    "api.autoscaling.behavior.scaleDown.policies",
  ],
  [
    {
      api: {
        autoscaling: {
          behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 1801 }] } },
        },
      },
    },
    "api.autoscaling.behavior.scaleDown.policies.0.periodSeconds",
  ],
  [{ realtime: { eventLoopLag: { milliseconds: 20 } } }, "realtime.eventLoopLag.milliseconds"],
  [{ network: { googleApis: "internal" } }, "network.googleApis"],
  [{ network: { dns: { ports: [] } } }, "network.dns.ports"],
  [
    { network: { extraEgress: [{ cidrs: ["10.0.0.0/8"], port: 53, protocol: "SCTP" }] } },
    "network.extraEgress.0.protocol",
  ],
  [{ route: { securityPolicy: "projects/p/global/securityPolicies/x" } }, "route.securityPolicy"],
  [{ route: { logSamplePercent: 101 } }, "route.logSamplePercent"],
  [{ realtime: { drainSeconds: 0 } }, "realtime.drainSeconds"],
  [{ realtime: { drainSeconds: 1801 } }, "realtime.drainSeconds"],
  [{ http: { allowedOrigins: ["*"] } }, "http.allowedOrigins.0"],
  ...["everything", "10.0.0.0", "10.0.0.0/33", "10.0.0.256/8", "10.0.0/8", "fd00::/129", "fd00:::/8"].map(
    (cidr) => [{ network: { httpsCidrs: [cidr] } }, "network.httpsCidrs.0"] as const,
  ),
  [{ network: { httpsCidrs: [] } }, "network.httpsCidrs"],
  [{ network: { redis: { ports: [{ port: 65_536 }] } } }, "network.redis.ports.0.port"],
  [{ limits: { maxEnvelopeBytes: "1MB" } }, "limits.maxEnvelopeBytes"],
  [{ google: { ...google, project: "A Project" } }, "google.project"],
  [{ google: { ...google, topics: { kmsKeyName: "key" } } }, "google.topics.kmsKeyName"],
  [
    { google: { ...google, topics: { storagePolicy: { allowedRegions: ["Europe"] } } } },
    "google.topics.storagePolicy.allowedRegions.0",
  ],
  [{ google: { ...google, workloadIdentity: "both" } }, "google.workloadIdentity"],
  [{ google: { ...google, pubsub: { pushTopic: "ab" } } }, "google.pubsub.pushTopic"],
  [{ google: { ...google, firestoreCollectionPrefix: "a/" } }, "google.firestoreCollectionPrefix"],
  [{ redis: { ...MINIMAL.redis, keyPrefix: "{a}" } }, "redis.keyPrefix"],
  [{ google: { ...google, emulators: { pubsub: "p:1" } } }, "google.emulators.firestore"],
  [{ google: { ...google, endpoints: { pubsub: "https://p.example" } } }, "google.endpoints.pubsub"],
  [{ auth: {} }, "auth.issuer"],
  [{ auth: { ...MINIMAL.auth, jwksUrl: "ftp://h" } }, "auth.jwksUrl"],
  [{ auth: { ...MINIMAL.auth, audience: "a b" } }, "auth.audience"],
  [{ auth: { ...MINIMAL.auth, userClaim: "/a~2" } }, "auth.userClaim"],
  [
    { auth: { ...MINIMAL.auth, additionalIssuers: [{ ...additionalIssuer("i"), userPrefix: undefined }] } },
    "auth.additionalIssuers.0.userPrefix",
  ],
  [{ route: { kind: "loadBalancer" } }, "route.kind"],
  [{ route: { timeoutSeconds: 59 } }, "route.timeoutSeconds"],
  [{ images: { registry: "https://registry.example" } }, "images.registry"],
  [{ observability: { logLevel: "loud" } }, "observability.logLevel"],
  [{ monitoring: { labels: { release: 1 } } }, "monitoring.labels.release"],
  [{ images: { digests: { api: "sha256:0" } } }, "images.digests.api"],
  ...BREAKING_A_TEMPLATE.map(([template, path]) => [{ template }, `template.${path}`] as const),
  ...BREAKING_A_TEMPLATE.slice(0, 1).map(
    ([template, path]) => [{ api: { template } }, `api.template.${path}`] as const,
  ),
];

function additionalIssuer(issuer: string) {
  const { audience, jwksUrl } = MINIMAL.auth;
  return { issuer, audience, jwksUrl, userPrefix: "other:" };
}

function annotated(key: string) {
  return { metadata: { annotations: { [key]: "other" } } };
}

function justOver(field: string, size: string): readonly [object, RegExp] {
  return [{ limits: { [field]: String(bytes(size) + 1) } }, new RegExp(`^limits.${field} must be`)];
}
