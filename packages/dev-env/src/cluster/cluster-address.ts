/** Where a test cluster is. Plain data: it crosses process borders. */
export interface ClusterAddress {
  /** The API server, as `https://127.0.0.1:port`. */
  readonly server: string;
  /** The API server's certificate, PEM. */
  readonly caPath: string;
  /** The administrator's. */
  readonly kubeconfigPath: string;
  /** Named `kubectl`, so its folder may be put on PATH. */
  readonly kubectlPath: string;
  /** The cluster's own folder; removed when it stops. */
  readonly folder: string;
  readonly auditLogPath: string;
  /** The stub of the metrics APIs. */
  readonly metricsUrl: string;
}

/** An administrator's token, known to every test cluster and to nothing else. */
export const ADMIN_TOKEN = "admin";
