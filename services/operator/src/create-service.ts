import { type ConnectOptions, connectKubernetes } from "@dumbwaiter/kubernetes";
import { type ServiceContext, StartError } from "@dumbwaiter/service";
import type { OperatorConfig } from "./config.ts";
import { createOperatorMetrics } from "./metrics.ts";
import { createOperator, type Operator } from "./operator.ts";

/** The operator as its process runs it, on the cluster of its pod or its kubeconfig; stopped with the process. */
export function createService(context: ServiceContext<OperatorConfig>): Operator {
  const { config, logger, registry, dependencies, health, lifecycle } = context;
  const metrics = createOperatorMetrics(registry);
  const { client, namespace } = connect({
    kubeconfig: config.kubernetes.kubeconfig,
    onRequest(report) {
      metrics.countRequest(report);
      dependencies.report("kubernetes", report.status !== undefined);
    },
    onWarning(warning) {
      metrics.apiWarnings.inc();
      logger.warn({ warning }, "the API server warns");
    },
  });
  const operator = createOperator({ client, logger, metrics }, config, namespace);
  health.stuck = () => operator.stuck();
  lifecycle.onStop("intake", "operator", () => operator.stop());
  lifecycle.onStop("clients", "API server", () => client.close());
  return operator;
}

function connect(options: ConnectOptions) {
  try {
    return connectKubernetes(options);
  } catch (error) {
    throw new StartError(`${(error as Error).message}: set KUBECONFIG to a kubeconfig`, { cause: error });
  }
}
