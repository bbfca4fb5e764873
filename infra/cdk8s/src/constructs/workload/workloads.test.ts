import { describe, expect, it } from "@jest/globals";
import { INSTALLATIONS, objectsOf } from "../../../testing/installations.ts";
import { containerOf, type Deployment, deploymentsOf, objectOf } from "../../../testing/workload.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import { COMPONENTS } from "../../spec/routing-service-props.ts";
import { preStopSeconds } from "./stop-times.ts";

const PRODUCTION = INSTALLATIONS.filter(({ name }) => name.startsWith("gke-"));
const COMPONENT = "app.kubernetes.io/component";

describe.each(INSTALLATIONS)("$name", (installation) => {
  const { props } = installation;
  const deployments = deploymentsOf(installation);

  it("meets the Pod Security Standard `restricted`", () => {
    for (const { spec } of deployments) {
      const { securityContext, initContainers = [], containers, ...pod } = spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(pod).not.toHaveProperty("hostNetwork");
      expect(pod).toMatchObject({ automountServiceAccountToken: false });
      for (const container of [...initContainers, ...containers]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
        });
        const limits = container.resources.limits;
        expect(container.resources.requests).toMatchObject({
          cpu: expect.anything(),
          memory: limits.memory,
        });
        expect(container.image).toMatch(/:(?!latest$)[^:]+$/);
      }
    }
  });

  it("has selectors that are unique and never change", () => {
    const parts = deployments.map(({ spec }) => spec.selector.matchLabels[COMPONENT]);
    expect(new Set(parts).size).toBe(deployments.length);
    for (const { metadata, spec } of deployments) {
      expect(spec.selector.matchLabels).toEqual({
        "app.kubernetes.io/name": "dumbwaiter",
        "app.kubernetes.io/instance": props.name,
        [COMPONENT]: metadata.name.slice(props.name.length + 1),
      });
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    }
  });

  it("names every object once, in its namespace", () => {
    const objects = objectsOf(installation);
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { kind, metadata } of objects) {
      expect(metadata.namespace).toBe(kind === "Namespace" ? undefined : props.namespace);
    }
  });

  it("gives each component its objects, and a Service if clients call it", () => {
    for (const component of COMPONENTS) {
      for (const kind of ["ServiceAccount", "ConfigMap", "Deployment", "PodDisruptionBudget"]) {
        expect(objectOf(installation, kind, component).kind).toBe(kind);
      }
      const { ports } = containerOf(installation, component);
      expect(ports?.map(({ name }) => name)).toEqual(
        component === "processor" ? ["admin"] : ["http", "admin"],
      );
      const services = objectsOf(installation, "Service").map(({ metadata }) => metadata.name);
      expect(services.includes(`${props.name}-${component}`)).toBe(component !== "processor");
    }
  });

  it("allows one pod of a component to be disrupted at a time, unless a template says otherwise", () => {
    for (const component of COMPONENTS) {
      const { selector } = objectOf<Deployment>(installation, "Deployment", component).spec;
      expect(objectOf(installation, "PodDisruptionBudget", component)).toMatchObject({
        spec: {
          ...(templateOf(props.spec, component).podDisruptionBudget ?? { maxUnavailable: 1 }),
          selector,
        },
      });
    }
  });

  it("has replicas, an autoscaler of ours, or an external one", () => {
    for (const component of COMPONENTS) {
      const { replicas, autoscaling } = props.spec[component];
      const { spec } = objectOf<Deployment>(installation, "Deployment", component);
      const scalers = objectsOf(installation, "HorizontalPodAutoscaler").filter(
        ({ metadata }) => metadata.name === `${props.name}-${component}`,
      );
      const isExternal = autoscaling.mode === "external";
      const isScaled = autoscaling.mode === "hpa" && replicas.max > replicas.min;
      expect(spec.replicas).toBe(isScaled || isExternal ? undefined : replicas.min);
      expect(scalers).toHaveLength(isScaled ? 1 : 0);
      for (const scaler of scalers) {
        expect(scaler.spec).toMatchObject({
          minReplicas: replicas.min,
          maxReplicas: replicas.max,
          behavior: { scaleUp: expect.anything(), scaleDown: expect.anything() },
        });
      }
    }
  });

  it("stops no pod before its replacement is ready, and waits for the endpoints to be updated", () => {
    for (const component of COMPONENTS) {
      const { spec } = objectOf<Deployment>(installation, "Deployment", component);
      expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: "25%" });
      const { lifecycle } = containerOf(installation, component);
      const seconds = preStopSeconds(props.spec, component);
      expect(lifecycle).toEqual({ preStop: { sleep: { seconds } } });
    }
  });
});

describe.each(PRODUCTION)("$name", (installation) => {
  it("keeps at least two pods of each component, with a read-only root file system", () => {
    for (const component of COMPONENTS) {
      expect(objectOf(installation, "HorizontalPodAutoscaler", component)).toMatchObject({
        spec: { minReplicas: expect.any(Number) },
      });
      expect(installation.props.spec[component].replicas.min).toBeGreaterThanOrEqual(2);
      expect(containerOf(installation, component).securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
      });
    }
  });
});
