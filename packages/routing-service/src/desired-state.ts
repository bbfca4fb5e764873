import {
  COMPONENTS,
  type Component,
  minimumAvailable,
  type RoutingServiceProps,
  renderRoutingService,
} from "@dumbwaiter/infra";
import { groupOf, type Kind, type KubeObject, versionOf } from "@dumbwaiter/kubernetes";
import { contentHash } from "./content-hash.ts";
import { objectKey } from "./owned-object.ts";
import { annotated, type PodReference, podReferencesOf } from "./pod-references.ts";
import { referencesOf } from "./references.ts";
import {
  COMPONENT_LABEL,
  type InventoryEntry,
  ownerReferenceTo,
  type RoutingService,
} from "./routing-service.ts";

/** An object that the spec asks for, without its content. */
export interface DesiredObject extends Kind {
  readonly key: string;
  readonly name: string;
  readonly hash: string;
  /** Undefined if the object belongs to no single component. */
  readonly component: Component | undefined;
  /** Keys of the objects of its routing service that it refers to by name. */
  readonly refersTo: readonly string[];
  /** ConfigMaps and Secrets of others, if a change of them replaces the pods. */
  readonly podReferences: readonly PodReference[];
  /** The initial replicas of a Deployment that an autoscaler scales afterwards. */
  readonly firstReplicas: number | undefined;
}

/**
 * What a spec asks for. Contents are rendered again if one is needed: they take most of the memory, and are rarely used.
 */
export interface DesiredState {
  readonly objects: readonly DesiredObject[];
  readonly hash: string;
  /** Whether fields of others that change what pods run are removed. */
  readonly isStrict: boolean;
  /** The components that are rolled out one after the other. */
  readonly rolloutOrder: readonly Component[];
  /** The names of the variables that each component's ConfigMap sets. */
  readonly variables: Readonly<Record<Component, ReadonlySet<string>>>;
  /** The pods that each component must have available. */
  readonly minimumAvailable: Readonly<Record<Component, number>>;
  /** @param annotations of the pods of Deployments, by the keys of these; see {@link referencesText} */
  withReferences(annotations: ReadonlyMap<string, string>): DesiredState;
  /** Complete objects by key. */
  contents(): ReadonlyMap<string, KubeObject>;
}

/** The objects of `npm run synth`, each with an owner reference. */
export function desiredState(
  props: RoutingServiceProps,
  routingService: RoutingService,
  references: ReadonlyMap<string, string> = new Map(),
): DesiredState {
  const owner = ownerReferenceTo(routingService);
  const render = () =>
    renderRoutingService(props).map((rendered) => {
      const object = withOwner(rendered as KubeObject, owner);
      const text = references.get(keyOfObject(object));
      return text === undefined ? object : annotated(object, text);
    });
  const rendered = render();
  const ownNames = new Set(rendered.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const keys = new Map(
    rendered.map((object) => [`${object.kind} ${object.metadata.name}`, keyOfObject(object)]),
  );
  const objects = rendered.map((object): DesiredObject => {
    const { apiVersion, kind, metadata, spec } = object;
    const component = componentOf(object);
    return {
      ...{ apiVersion, kind, name: metadata.name, component, hash: contentHash(object) },
      key: keyOfObject(object),
      refersTo: referencesOf(object).flatMap((reference) => keys.get(reference) ?? []),
      podReferences:
        kind === "Deployment" && props.spec.rollout.onReferenceChange === "restart"
          ? podReferencesOf(object).filter((each) => !ownNames.has(`${each.kind} ${each.name}`))
          : [],
      firstReplicas:
        kind === "Deployment" && component !== undefined && !Object.hasOwn(spec as object, "replicas")
          ? props.spec[component].replicas.min
          : undefined,
    };
  });
  return {
    objects,
    hash: contentHash(objects.map(({ hash }) => hash)),
    isStrict: props.spec.enforce === "strict",
    rolloutOrder: props.spec.rollout.order,
    variables: {
      api: variablesOf(rendered, "api"),
      processor: variablesOf(rendered, "processor"),
      realtime: variablesOf(rendered, "realtime"),
    },
    minimumAvailable: {
      api: minimumAvailable(props.spec, "api"),
      processor: minimumAvailable(props.spec, "processor"),
      realtime: minimumAvailable(props.spec, "realtime"),
    },
    withReferences: (annotations) => desiredState(props, routingService, annotations),
    contents: () => new Map(render().map((object) => [keyOfObject(object), object])),
  };
}

function keyOfObject(object: KubeObject): string {
  return objectKey(object, object.metadata.namespace ?? "", object.metadata.name);
}

export function deploymentOf({ objects }: DesiredState, component: Component): DesiredObject | undefined {
  return objects.find((object) => object.kind === "Deployment" && object.component === component);
}

export function inventoryEntry({ apiVersion, kind, name }: Kind & { readonly name: string }): InventoryEntry {
  return { group: groupOf({ apiVersion }), version: versionOf({ apiVersion }), kind, name };
}

function withOwner(object: KubeObject, owner: ReturnType<typeof ownerReferenceTo>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

function componentOf({ metadata }: KubeObject): Component | undefined {
  return COMPONENTS.find((each) => each === metadata.labels?.[COMPONENT_LABEL]);
}

function variablesOf(rendered: readonly KubeObject[], component: Component): ReadonlySet<string> {
  const config = rendered.find((object) => object.kind === "ConfigMap" && componentOf(object) === component);
  return new Set(Object.keys(config?.data ?? {}));
}
