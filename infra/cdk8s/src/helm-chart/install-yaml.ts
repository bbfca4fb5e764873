import { join } from "node:path";
import { stringify } from "yaml";

const CHART = join(import.meta.dirname, "../../../../charts/dumbwaiter-operator");
const NAMESPACE = "dumbwaiter-system";

export const INSTALL_YAML = join(CHART, "../install.yaml");

/**
 * The manifest that installs the operator without Helm: its namespace and what the chart renders by default.
 *
 * @param helm runs helm with arguments
 * @param folder of the chart
 */
export async function installYaml(
  helm: (args: readonly string[]) => Promise<{ readonly stdout: string }>,
  folder = CHART,
): Promise<string> {
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  };
  const chart = ["template", "dumbwaiter-operator", folder, "--namespace", NAMESPACE, "--no-hooks"];
  const { stdout } = await helm(chart);
  return `# Made by \`npm run chart\` from charts/dumbwaiter-operator.\n${stringify(namespace)}${stdout}`;
}
