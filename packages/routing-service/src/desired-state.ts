import {
  COMPONENTS,
  type Component,
  type RoutingServiceProps,
  renderRoutingService,
} from "@dumbwaiter/infra";
import { groupOf, type Kind, type KubeObject, versionOf } from "@dumbwaiter/kubernetes";
import { hashOf, objectKey } from "./owned-object.ts";
import {
  COMPONENT_LABEL,
  type InventoryEntry,
  ownerReferenceTo,
  type RoutingService,
} from "./routing-service.ts";

/** An object that ought to be, without its content. */
export interface DesiredObject extends Kind {
  readonly key: string;
  readonly name: string;
  readonly hash: string;
  /** Whose it is; undefined for what belongs to none. */
  readonly component: Component | undefined;
  /** The number that a Deployment begins with when an autoscaler decides afterwards. */
  readonly firstReplicas: number | undefined;
}

/** What a spec asks for. Contents are made again when one is needed: they are most of the memory, and rarely used. */
export interface DesiredState {
  readonly objects: readonly DesiredObject[];
  readonly hash: string;
  /** Whole objects by key. */
  contents(): ReadonlyMap<string, KubeObject>;
}

/** The constructs of `npm run synth`, with an owner reference added to each object. */
export function desiredState(props: RoutingServiceProps, routingService: RoutingService): DesiredState {
  const owner = ownerReferenceTo(routingService);
  const render = () => renderRoutingService(props).map((object) => withOwner(object as KubeObject, owner));
  const objects = render().map((object): DesiredObject => {
    const { apiVersion, kind, metadata, spec } = object;
    const component = COMPONENTS.find((each) => each === metadata.labels?.[COMPONENT_LABEL]);
    return {
      ...{ apiVersion, kind, name: metadata.name, component, hash: hashOf(object) },
      key: objectKey(object, metadata.namespace ?? "", metadata.name),
      firstReplicas:
        kind === "Deployment" && component !== undefined && !Object.hasOwn(spec as object, "replicas")
          ? props.spec[component].replicas.min
          : undefined,
    };
  });
  return {
    objects,
    hash: hashOf(objects.map(({ hash }) => hash)),
    contents: () =>
      new Map(
        render().map((object) => [
          objectKey(object, object.metadata.namespace ?? "", object.metadata.name),
          object,
        ]),
      ),
  };
}

export function inventoryEntry({ apiVersion, kind, name }: Kind & { readonly name: string }): InventoryEntry {
  return { group: groupOf({ apiVersion }), version: versionOf({ apiVersion }), kind, name };
}

function withOwner(object: KubeObject, owner: ReturnType<typeof ownerReferenceTo>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}
