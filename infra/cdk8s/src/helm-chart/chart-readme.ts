import { VERSION } from "../version.ts";

/** A value of the chart. */
export interface ChartValue {
  /** With dots, as in `--set`. */
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

Installs the Dumbwaiter operator, which creates and maintains the objects of each \`RoutingService\`.
[docs/operator.md](../../docs/operator.md) explains RoutingServices and how to run them.

\`\`\`sh
helm install dumbwaiter-operator charts/dumbwaiter-operator --namespace dumbwaiter-system --create-namespace \\
  --set image.registry=europe-docker.pkg.dev/acme/dumbwaiter
helm test dumbwaiter-operator --namespace dumbwaiter-system
\`\`\`

Requires Kubernetes 1.30 or newer and Helm 3.17 or newer. Without Helm:
\`kubectl apply --server-side -f charts/install.yaml\`.

## Values

| value | default | description |
| --- | --- | --- |
${rows.join("\n")}

## Permissions

With \`watchNamespaces\`, the operator has a Role in each of those namespaces and no permissions elsewhere; otherwise it
has a ClusterRole. It does not create Roles, and reads no Secrets but the metadata of those in \`rbac.secrets\`.
Without \`watchNamespaces\`, \`rbac.secrets\` lets it read the Secrets of these names, contents included, in **every**
namespace: rather give its service account a Role in each namespace that needs it, as in docs/operations.md.

A user who can create Deployments in a namespace can run pods under the namespace's service accounts, and a user who can
create IAMPolicyMembers has Config Connector's permissions at Google. With a template, a user who can write a
RoutingService runs any container that the Pod Security Standard \`restricted\` allows, with any Secret of the namespace.
So:

- Set \`rbac.configConnector\` to \`false\` if \`google.cloudResources\` is \`external\`.
- Give write access to RoutingServices only to users who have these permissions themselves.

\`rbac.aggregateToView\`, \`aggregateToEdit\` and \`aggregateToAdmin\` add RoutingServices to the cluster's roles of the same
names, unless \`rbac.create\` is \`false\`. For the second reason, users with \`edit\` in a namespace get no write access by default.

## Network

A NetworkPolicy lets the operator's pods connect to the API server and to DNS, and lets others scrape their metrics. With
\`openshift\`, DNS also is in \`openshift-dns\`, on port 5353; DNS elsewhere needs \`networkPolicy.dns\`. If
your API server listens on another port than those of \`networkPolicy.apiServerPorts\`, set it before you upgrade.
Proxies and the like need \`networkPolicy.extraEgress\`.

## Several releases, and parent charts

[Several operators](../../docs/operator.md#several-operators) explains how releases share a cluster. As the dependency of
a parent chart, \`condition: dumbwaiter-operator.enabled\` turns this chart off; it uses \`global.imageRegistry\` and
\`global.imagePullSecrets\`.

## Upgrades

\`helm upgrade\` also upgrades the CRD. Neither this chart nor the API server, because of two ValidatingAdmissionPolicies,
replaces the CRD or the operator with one of an older minor version. They do not check an \`image.tag\` or an
\`image.digest\` that you set. With \`--reuse-values\`, values that the older chart did not have stay unset, so that there is
no NetworkPolicy, for example; \`--reset-then-reuse-values\` takes the new defaults.
\`helm uninstall\` does not delete the CRD or any RoutingService, nor its pods, queues and topics.
`;
}
