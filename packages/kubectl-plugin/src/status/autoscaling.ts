import type { KubeObject } from "@dumbwaiter/kubernetes";

export interface Autoscaling {
  readonly min: number;
  readonly max: number;
  /** The replicas that the autoscaler asks for. */
  readonly desired: number;
  readonly metrics: readonly {
    /** Such as `cpu`. */
    readonly name: string;
    /** Undefined until it is known. */
    readonly current?: string;
    readonly target: string;
  }[];
}

interface Amount {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}

/** A metric in a spec or a status; `type` names the field that holds it. */
interface Metric {
  readonly type: string;
  readonly [source: string]: unknown;
}

interface Source {
  readonly name?: string;
  readonly metric?: { readonly name: string };
  readonly target?: Amount;
  readonly current?: Amount;
}

/** The state and the metrics of a HorizontalPodAutoscaler (autoscaling/v2). */
export function autoscalingOf({ spec, status }: KubeObject): Autoscaling {
  const {
    minReplicas = 1,
    maxReplicas,
    metrics = [],
  } = spec as {
    minReplicas?: number;
    maxReplicas: number;
    metrics?: Metric[];
  };
  const { currentMetrics, desiredReplicas = 0 } = (status ?? {}) as {
    currentMetrics?: Metric[] | null;
    desiredReplicas?: number;
  };
  const currents = (currentMetrics ?? []).filter(({ type }) => type !== "").map(sourceOf);
  return {
    ...{ min: minReplicas, max: maxReplicas, desired: desiredReplicas },
    metrics: metrics.map((metric) => {
      const { target, ...source } = sourceOf(metric);
      const current = amount(currents.find((each) => nameOf(each) === nameOf(source))?.current, target);
      return {
        name: nameOf(source),
        ...(current === undefined ? {} : { current }),
        target: amount(target, target) ?? "",
      };
    }),
  };
}

function sourceOf(metric: Metric): Source {
  const { type } = metric;
  return (metric[`${type[0]?.toLowerCase()}${type.slice(1)}`] ?? {}) as Source;
}

function nameOf({ name, metric }: Source): string {
  return name ?? metric?.name ?? "";
}

/** In the unit of the target: a status has several. */
function amount(found: Amount | undefined, target: Amount = {}): string | undefined {
  if (target.averageUtilization !== undefined) {
    return found?.averageUtilization === undefined ? undefined : `${found.averageUtilization}%`;
  }
  return target.averageValue === undefined ? found?.value : found?.averageValue;
}
