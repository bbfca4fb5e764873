import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../../testing/variants.ts";
import { renderRoutingService } from "../../render-routing-service.ts";
import { parseProps } from "../../spec/parse-props.ts";
import type { RoutingServiceSpecInput } from "../../spec/routing-service-props.ts";

type Route = NonNullable<RoutingServiceSpecInput["route"]>;

const OF_GKE = [
  "GCPBackendPolicy",
  "HealthCheckPolicy",
  "GCPGatewayPolicy",
  "BackendConfig",
  "FrontendConfig",
];

const objectsOf = (route: Route) =>
  renderRoutingService(parseProps("shop", "prod", { ...MINIMAL, route: { host: "m.example", ...route } }));

function specsOf(kind: string, route: Route): object[] {
  return objectsOf(route).flatMap((object) => (object.kind === kind ? [object.spec as object] : []));
}

const GATEWAY: Route = { kind: "gateway", tlsSecret: "tls" };
const EVERYTHING: Partial<Route> = {
  securityPolicy: "armor",
  sslPolicy: "modern",
  logSamplePercent: 25,
  redirectToHttps: true,
};

describe("policies of GKE", () => {
  it.each<[Route, readonly string[]]>([
    [GATEWAY, ["GCPBackendPolicy", "HealthCheckPolicy"]],
    [{ ...GATEWAY, className: "gke-l7-rilb" }, ["GCPBackendPolicy", "HealthCheckPolicy"]],
    [{ ...GATEWAY, ...EVERYTHING }, ["GCPBackendPolicy", "GCPGatewayPolicy", "HealthCheckPolicy"]],
    [{ kind: "gateway", existingGateway: { name: "g" } }, ["GCPBackendPolicy", "HealthCheckPolicy"]],
    [{ kind: "gateway", existingGateway: { name: "g" }, className: "istio" }, []],
    [{ ...GATEWAY, className: "istio" }, []],
    [{ ...GATEWAY, className: "cilium" }, []],
    [{ kind: "ingress", className: "gce" }, ["BackendConfig"]],
    [{ kind: "ingress", className: "gce-internal" }, ["BackendConfig"]],
    [{ kind: "ingress", className: "gce", ...EVERYTHING }, ["BackendConfig", "FrontendConfig"]],
    [{ kind: "ingress", className: "nginx" }, []],
    [{ kind: "ingress" }, []],
    [{ kind: "none" }, []],
  ])("come with %j: %j", (route, kinds) => {
    const found = objectsOf(route).flatMap(({ kind }) => (OF_GKE.includes(kind) ? [kind] : []));
    expect([...new Set(found)].sort()).toEqual(kinds);
  });

  it("of a Gateway have Cloud Armor, the SSL policy, and the share of requests that is logged", () => {
    const route = { ...GATEWAY, ...EVERYTHING };
    for (const spec of specsOf("GCPBackendPolicy", route)) {
      expect(spec).toMatchObject({
        default: { securityPolicy: "armor", logging: { enabled: true, sampleRate: 250_000 } },
      });
    }
    expect(specsOf("GCPGatewayPolicy", route)).toEqual([
      {
        default: { sslPolicy: "modern" },
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "shop" },
      },
    ]);
  });

  it.each([{}, { logSamplePercent: 0 }])("log no requests with %j", (fields) => {
    const ofGateway = specsOf("GCPBackendPolicy", { ...GATEWAY, ...fields });
    const ofIngress = specsOf("BackendConfig", { kind: "ingress", className: "gce", ...fields });
    expect([ofGateway.length, ofIngress.length]).toEqual([2, 2]);
    for (const spec of ofGateway) expect(spec).toMatchObject({ default: { logging: { enabled: false } } });
    for (const spec of ofIngress) expect(spec).toMatchObject({ logging: { enable: false } });
  });

  it("of an Ingress have the same", () => {
    const route: Route = { kind: "ingress", className: "gce", ...EVERYTHING };
    for (const spec of specsOf("BackendConfig", route)) {
      expect(spec).toMatchObject({
        securityPolicy: { name: "armor" },
        logging: { enable: true, sampleRate: 0.25 },
      });
    }
    expect(specsOf("FrontendConfig", route)).toEqual([
      {
        sslPolicy: "modern",
        redirectToHttps: { enabled: true, responseCodeName: "MOVED_PERMANENTLY_DEFAULT" },
      },
    ]);
    const ingress = objectsOf(route).find(({ kind }) => kind === "Ingress");
    expect(ingress?.metadata.annotations).toMatchObject({
      "networking.gke.io/v1beta1.FrontendConfig": "shop",
    });
  });
});

describe("the redirect to HTTPS", () => {
  it("takes port 80 of the Gateway, and leaves the routes to port 443", () => {
    const route: Route = { ...GATEWAY, className: "istio", redirectToHttps: true };
    expect(specsOf("Gateway", route)).toEqual([
      expect.objectContaining({
        listeners: [
          expect.objectContaining({ name: "https", protocol: "HTTPS", port: 443, hostname: "m.example" }),
          expect.objectContaining({ name: "http", protocol: "HTTP", port: 80, hostname: "m.example" }),
        ],
      }),
    ]);
    const [routes, redirect] = specsOf("HTTPRoute", route);
    expect(routes).toMatchObject({ parentRefs: [{ name: "shop", sectionName: "https" }] });
    expect(redirect).toEqual({
      parentRefs: [{ name: "shop", sectionName: "http" }],
      hostnames: ["m.example"],
      rules: [
        {
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    });
  });

  it("is not there by default: the Gateway has port 443 alone", () => {
    expect(specsOf("Gateway", GATEWAY)).toEqual([
      expect.objectContaining({ listeners: [expect.objectContaining({ port: 443 })] }),
    ]);
    expect(specsOf("HTTPRoute", GATEWAY)).toEqual([
      expect.objectContaining({ parentRefs: [{ name: "shop" }] }),
    ]);
  });
});
