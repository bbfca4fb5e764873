import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { authoredContent } from "@dumbwaiter/dev-env/operator/authored-content";
import { untilDependenciesReady } from "@dumbwaiter/dev-env/operator/dependency-controllers";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";

import {
  applyRoutingService,
  exists,
  ownedObjects,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import {
  ENVIRONMENTS,
  parseProps,
  type RoutingServiceSpecInput,
  renderRoutingService,
} from "@dumbwaiter/infra";
import { EVERY_TEMPLATE_FIELD } from "@dumbwaiter/infra/testing/every-template-field";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { VARIANTS } from "@dumbwaiter/infra/testing/variants";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;

/** Variants with the autoscalers, the networks and the load balancers that no environment has. */
const SERVICES = [
  ...ENVIRONMENTS.map(({ id, name, spec }) => ({ id, name, spec })),
  ...[
    "gateway-of-gke-with-every-option",
    "gateway-of-another-controller",
    "gke-ingress-with-every-option",
  ].map((id) => ({ id, name: "dumbwaiter", spec: VARIANTS[id] as RoutingServiceSpecInput })),
  { id: "every field of a template", name: "template", spec: { ...SMALL, template: EVERY_TEMPLATE_FIELD } },
];

let fixture: OperatorFixture;
beforeAll(async () => {
  const cluster = await sharedCluster();
  fixture = await startOperatorFixture(cluster);
  await installCrds(cluster);
});
afterAll(() => fixture?.stop());

/** An object without what differs each time it is created. */
function comparable(object: KubeObject): unknown {
  const { metadata, ...rest } = authoredContent(object);
  const { name, namespace, labels, annotations } = metadata;
  // Chosen by the cluster.
  const { clusterIP, clusterIPs, ...spec } = (rest.spec ?? {}) as Record<string, unknown>;
  return { ...rest, spec, metadata: { name, namespace, labels, annotations } };
}

const nameOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;

describe("a RoutingService", () => {
  it.each(SERVICES.map((service) => [service.id, service] as const))(
    "becomes the objects that `npm run synth` writes for %s",
    async (_, { name, spec }) => {
      const { client, namespace, cluster, operator } = fixture;
      const rendered = renderRoutingService(parseProps(name, namespace, spec)) as KubeObject[];
      await cluster.apply(rendered);
      const applied = await Promise.all(rendered.map((object) => client.get(object)));
      for (const object of rendered) await client.delete(object);
      await eventually(async () => {
        expect(await Promise.all(rendered.map((object) => exists(client, object)))).not.toContain(true);
      }, WAIT_MS);
      const service = await applyRoutingService(client, routingService(name, namespace, spec));
      await untilDependenciesReady(client, service);
      const live = await untilCondition(client, service, "Degraded", "False", WAIT_MS);
      const made = await ownedObjects(client, live);
      expect(made.map(nameOf).sort()).toEqual(applied.map(nameOf).sort());
      for (const object of applied) {
        const same = made.find((each) => nameOf(each) === nameOf(object)) as KubeObject;
        expect(same.metadata.ownerReferences).toMatchObject([{ uid: live.metadata.uid }]);
        const [ours, theirs] = [comparable(same), comparable(object)] as {
          spec: Record<string, unknown>;
        }[];
        // The autoscaler decides: a manifest starts with the default, the operator with the minimum.
        if (object.kind === "Deployment" && isScaled(object, rendered)) {
          for (const each of [ours, theirs]) delete each?.spec.replicas;
        }
        expect(ours).toEqual(theirs);
      }
      await client.delete(service);
      await eventually(async () => {
        expect(await Promise.all(made.map((object) => exists(client, object)))).not.toContain(true);
      }, WAIT_MS);
      expect(await operator.metric("dumbwaiter_operator_api_warnings_total")).toBe(0);
    },
    240_000,
  );
});

function isScaled({ metadata }: KubeObject, rendered: readonly KubeObject[]): boolean {
  return rendered.some(
    ({ kind, metadata: { name }, spec }) =>
      kind === "Deployment" && name === metadata.name && !Object.hasOwn(spec as object, "replicas"),
  );
}
