import { groupOf, type Kind, type KubeObject } from "@dumbwaiter/kubernetes";

/** What another controller says of an object that it has not put into effect. */
export interface HealthProblem {
  /** Whether the controller has only not got to it yet. */
  readonly isPending: boolean;
  readonly message: string;
}

interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface ReportedStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly ObjectCondition[];
  /** Of a Gateway. */
  readonly listeners?: readonly { readonly name: string; readonly conditions?: readonly ObjectCondition[] }[];
  /** Of an HTTPRoute. */
  readonly parents?: readonly {
    readonly parentRef: { readonly name: string };
    readonly conditions?: readonly ObjectCondition[];
  }[];
}

/** Some of an object's conditions, with whom they concern: such as `listener https`. */
interface Report {
  readonly of: string;
  readonly conditions: readonly ObjectCondition[];
  /** The types that have to be true. */
  readonly required: readonly string[];
}

const CONFIG_CONNECTOR = /(^|\.)cnrm\.cloud\.google\.com$/;
const GATEWAY_API = "gateway.networking.k8s.io";

/** Reasons of Config Connector and of the Gateway API while a controller is at work. */
const PENDING_REASONS = new Set(["Updating", "Pending", "DependencyNotReady"]);

const NOT_REPORTED = "its controller has not reported its state yet";

/** Whether the controllers of a kind report in conditions if an object is in effect. */
export function reportsHealth({ apiVersion, kind }: Kind): boolean {
  const group = groupOf({ apiVersion });
  return CONFIG_CONNECTOR.test(group) || (group === GATEWAY_API && ["Gateway", "HTTPRoute"].includes(kind));
}

/** Whether messages flow only with objects of this kind. Monitoring is the exception. */
export function isNeededToServe({ apiVersion }: Pick<Kind, "apiVersion">): boolean {
  return !groupOf({ apiVersion }).startsWith("monitoring.");
}

/** Why an object is not in effect, by the conditions of its controller; undefined if it is, or does not report. */
export function healthProblemOf(object: KubeObject): HealthProblem | undefined {
  if (!reportsHealth(object)) return undefined;
  const status = (object.status ?? {}) as ReportedStatus;
  const { generation = 0 } = object.metadata;
  const reports = reportsOf(object.kind, status);
  const problems = reports.flatMap((report) => problemsOf(report, generation));
  const failure = problems.find(({ isPending }) => !isPending);
  if (failure !== undefined) return failure;
  const isOutdated = (status.observedGeneration ?? generation) < generation;
  if (reports.length === 0 || isOutdated) return { isPending: true, message: NOT_REPORTED };
  return problems[0];
}

function reportsOf(
  kind: string,
  { conditions = [], listeners = [], parents = [] }: ReportedStatus,
): Report[] {
  if (kind === "HTTPRoute") {
    return parents.map(({ parentRef, conditions: ofParent = [] }) => ({
      ...{ of: `Gateway ${parentRef.name}: `, conditions: ofParent },
      required: ["Accepted", "ResolvedRefs"],
    }));
  }
  if (kind !== "Gateway") return [{ of: "", conditions, required: ["Ready"] }];
  return [
    { of: "", conditions, required: ["Accepted", "Programmed"] },
    ...listeners.map(({ name, conditions: ofListener = [] }) => ({
      ...{ of: `listener ${name}: `, conditions: ofListener },
      required: ["Programmed", "ResolvedRefs"],
    })),
  ];
}

function problemsOf({ of, conditions, required }: Report, generation: number): HealthProblem[] {
  return required.flatMap((type): HealthProblem[] => {
    const condition = conditions.find((each) => each.type === type);
    if (condition === undefined) return [{ isPending: true, message: `${of}${NOT_REPORTED}` }];
    const { status, reason = "", message = "", observedGeneration = generation } = condition;
    if (observedGeneration < generation) return [{ isPending: true, message: `${of}${NOT_REPORTED}` }];
    if (status === "True") return [];
    const isPending = status !== "False" || PENDING_REASONS.has(reason);
    const why = [reason, message].filter((text) => text !== "").join(": ");
    return [{ isPending, message: `${of}${type} is ${status}${why === "" ? "" : ` (${why})`}` }];
  });
}
