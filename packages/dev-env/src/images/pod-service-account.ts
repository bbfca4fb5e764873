import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { TestCluster } from "../cluster/index.ts";

/** Debian's `/var/run` is a link to `/run`. */
const FOLDER = "run/secrets/kubernetes.io/serviceaccount";

/**
 * Mounts a service account into an image's root, as a pod has it.
 *
 * @param kubeconfigPath of the service account
 * @returns the environment that tells a pod where the API server is
 */
export async function layServiceAccount(
  root: string,
  cluster: TestCluster,
  namespace: string,
  kubeconfigPath: string,
): Promise<Record<string, string>> {
  const [{ user }] = parse(await readFile(kubeconfigPath, "utf8")).users;
  const folder = join(root, FOLDER);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "token"), user.token);
  await writeFile(join(folder, "namespace"), namespace);
  await writeFile(join(folder, "ca.crt"), await readFile(cluster.address.caPath));
  const { hostname, port } = new URL(cluster.server);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}
