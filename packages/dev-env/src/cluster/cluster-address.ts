/** Where a test cluster is. Plain data: it crosses process borders. */
export interface ClusterAddress {
  /** The API server, as `https://127.0.0.1:port`. */
  readonly server: string;
  /** The certificate that the API server shows, PEM. */
  readonly caPath: string;
  /** An administrator's. */
  readonly kubeconfigPath: string;
  /** Named `kubectl`, so its folder may be put on PATH. */
  readonly kubectlPath: string;
  /** The cluster's own folder; gone once it has stopped. */
  readonly folder: string;
  readonly auditLogPath: string;
  /** The stub of the metrics APIs. */
  readonly metricsUrl: string;
}

/** An administrator's token, known to every test cluster and to nothing else. */
export const ADMIN_TOKEN = "admin";
