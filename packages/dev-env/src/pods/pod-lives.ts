import { type KubeClient, type KubeObject, Reflector } from "@dumbwaiter/kubernetes";

/** How a container ended. */
interface Termination {
  readonly exitCode: number;
  readonly reason: string;
}

/** The life of a pod. Times are when the watch reported it, by `performance.now()`. */
export interface PodLife {
  readonly name: string;
  readonly component: string;
  readonly graceMs: number;
  readonly createdAt: number;
  /** The newest state. */
  pod: Pod;
  readyAt?: number;
  /** When its deletion began. */
  deletedAt?: number;
  endedAt?: number;
  /** How its container ended after the deletion began. */
  end?: Termination;
}

export interface Pod extends KubeObject {
  readonly spec: { readonly terminationGracePeriodSeconds: number };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly containerID?: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: { readonly terminated?: Termination };
  readonly lastState: { readonly terminated?: Termination };
}

/** The newest state of its one container; undefined before there is one. */
export function containerOf({ pod }: PodLife): ContainerStatus | undefined {
  return pod.status.containerStatuses?.[0];
}

/** Watches the pods of a namespace from creation to end. */
export class PodLives {
  readonly #lives = new Map<string, PodLife>();
  readonly #reflector: Reflector;

  private constructor(client: KubeClient, namespace: string) {
    this.#reflector = new Reflector({
      client,
      kind: { apiVersion: "v1", kind: "Pod" },
      namespace,
      handler: {
        changed: (pod) => this.#update(pod as Pod),
        deleted: (pod) => this.#update(pod as Pod),
        listed: () => {},
      },
    });
  }

  static async watch(client: KubeClient, namespace: string): Promise<PodLives> {
    const lives = new PodLives(client, namespace);
    lives.#reflector.start();
    await lives.#reflector.untilSynced();
    return lives;
  }

  /** All pods that a component has had, oldest first. */
  of(component: string): PodLife[] {
    return this.all().filter((life) => life.component === component);
  }

  all(): PodLife[] {
    return [...this.#lives.values()];
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  #update(pod: Pod): void {
    const { name, uid = "", labels, deletionTimestamp } = pod.metadata;
    const now = performance.now();
    const life: PodLife = this.#lives.get(uid) ?? {
      name,
      component: labels?.["app.kubernetes.io/component"] ?? "",
      graceMs: pod.spec.terminationGracePeriodSeconds * 1000,
      createdAt: now,
      pod,
    };
    this.#lives.set(uid, life);
    life.pod = pod;
    const { conditions = [] } = pod.status;
    if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) life.readyAt ??= now;
    if (deletionTimestamp === undefined) return;
    life.deletedAt ??= now;
    const terminated = containerOf(life)?.state.terminated;
    if (terminated === undefined) return;
    life.endedAt ??= now;
    life.end ??= terminated;
  }
}
