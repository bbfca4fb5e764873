import { VERSION } from "../version.ts";

/** A value of the chart. */
export interface ChartValue {
  /** With dots, as `--set` takes it. */
  readonly path: string;
  readonly byDefault: unknown;
  readonly description: string;
}

/** The text of the chart's README.md. */
export function chartReadme(values: readonly ChartValue[]): string {
  const rows = values.map(
    ({ path, byDefault, description }) =>
      `| \`${path}\` | \`${JSON.stringify(byDefault)}\` | ${description} |`,
  );
  return `<!-- Made by \`npm run synth\`: change infra/cdk8s/src/helm-chart. -->
# dumbwaiter-operator ${VERSION}

Installs Dumbwaiter's operator: it makes what each \`RoutingService\` asks for, and keeps it so. What a RoutingService
is, and how to live with one: [docs/operator.md](../../docs/operator.md).

\`\`\`sh
helm install dumbwaiter-operator charts/dumbwaiter-operator --namespace dumbwaiter-system --create-namespace \\
  --set image.registry=europe-docker.pkg.dev/acme/dumbwaiter
helm test dumbwaiter-operator --namespace dumbwaiter-system
\`\`\`

Kubernetes 1.30 or newer, helm 3.17 or newer. Without helm: \`kubectl apply --server-side -f charts/install.yaml\`.

## Values

| value | default | meaning |
| --- | --- | --- |
${rows.join("\n")}

## What it may do

With \`watchNamespaces\` it has a Role in each of them and no right elsewhere; else a ClusterRole. It reads no Secret, and
makes no Role. Whoever may make Deployments in a namespace may run pods under its service accounts, and whoever may
make IAMPolicyMembers may do at Google what Config Connector may: turn \`rbac.configConnector\` off where
\`google.cloudResources\` is \`external\`, and let only those write RoutingServices who may do these things themselves.

## Upgrades

\`helm upgrade\` brings the CRD along, and never an older one: neither this chart nor the API server, by a
ValidatingAdmissionPolicy, lets it take the place of a newer. \`helm uninstall\` leaves the CRD and every RoutingService,
and so its pods, queues and topics.
`;
}
