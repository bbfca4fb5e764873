import type { RequestReport } from "@dumbwaiter/kubernetes";
import { counter, gauge, histogram } from "@dumbwaiter/service";
import type { Registry } from "prom-client";

export type OperatorMetrics = ReturnType<typeof createOperatorMetrics>;

export function createOperatorMetrics(registry: Registry) {
  const requests = counter(registry, {
    name: "dumbwaiter_operator_api_requests_total",
    help: "Requests to the API server; code is 0 if there was no response",
    openLabels: ["verb", "resource", "code", "dry_run"],
  });
  const requestSeconds = histogram(registry, {
    name: "dumbwaiter_operator_api_request_seconds",
    help: "Time from a request to the API server to its response headers",
    openLabels: ["verb"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return {
    countRequest({ verb, resource, dryRun, status, seconds }: RequestReport) {
      requests.inc({ verb, resource, code: status ?? 0, dry_run: String(dryRun) });
      requestSeconds.observe({ verb }, seconds);
    },
    apiWarnings: counter(registry, {
      name: "dumbwaiter_operator_api_warnings_total",
      help: "Warnings from the API server, such as deprecated API versions or Pod Security violations",
    }),
    reconciles: counter(registry, {
      name: "dumbwaiter_operator_reconciles_total",
      help: "Reconciles of a RoutingService, by result: success, error, invalid, names_in_use, paused or other",
      labels: { result: ["success", "error", "invalid", "names_in_use", "paused", "other"] },
    }),
    reconcileSeconds: histogram(registry, {
      name: "dumbwaiter_operator_reconcile_seconds",
      help: "Duration of a reconcile of one RoutingService",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    }),
    driftRepairs: counter(registry, {
      name: "dumbwaiter_operator_drift_repairs_total",
      help: "Objects restored after another client changed or deleted them",
      openLabels: ["kind"],
    }),
    pruned: counter(registry, {
      name: "dumbwaiter_operator_objects_pruned_total",
      help: "Objects deleted because they were no longer needed",
      openLabels: ["kind"],
    }),
    queueDepth: gauge(registry, {
      name: "dumbwaiter_operator_queue_depth",
      help: "RoutingServices waiting to be reconciled",
    }),
    retries: counter(registry, {
      name: "dumbwaiter_operator_retries_total",
      help: "Reconciles that failed and will be retried",
    }),
    leader: gauge(registry, {
      name: "dumbwaiter_operator_leader",
      help: "1 while this process is the leader, the only one that writes",
    }),
    routingServices: gauge(registry, {
      name: "dumbwaiter_operator_routing_services",
      help: "RoutingServices in the watched namespaces",
    }),
    routingServicesOfOthers: gauge(registry, {
      name: "dumbwaiter_operator_routing_services_of_others",
      help: "RoutingServices in the watched namespaces that another operator manages",
    }),
    watchErrors: counter(registry, {
      name: "dumbwaiter_operator_watch_errors_total",
      help: "Lists and watches that failed and were retried",
      openLabels: ["kind"],
    }),
  };
}
