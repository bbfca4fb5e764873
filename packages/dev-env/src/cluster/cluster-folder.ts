import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ADMIN_TOKEN } from "./cluster-address.ts";

/** Users of the API server by token; each token is also the name of a kubeconfig. */
const USERS = [
  { token: ADMIN_TOKEN, user: "admin", group: "system:masters" },
  { token: "controller-manager", user: "system:kube-controller-manager", group: "system:masters" },
  { token: "scheduler", user: "system:kube-scheduler", group: "system:masters" },
  { token: "kwok", user: "kwok", group: "system:masters" },
];

/** Logs what tests and the programs that they install do, and nothing of what the cluster does by itself. */
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", users: ["system:apiserver", ...USERS.slice(1).map(({ user }) => user)] },
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"] },
    { level: "Metadata" },
  ],
};

/** The files that the components of one cluster share. */
export class ClusterFolder {
  readonly path = mkdtempSync(join(tmpdir(), "dumbwaiter-cluster-"));
  readonly #server: string;

  constructor(server: string) {
    this.#server = server;
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#write("service-accounts.pub", publicKey.export({ type: "spki", format: "pem" }));
    this.#write("service-accounts.key", privateKey.export({ type: "sec1", format: "pem" }));
    this.#write(
      "tokens.csv",
      USERS.map(({ token, user, group }) => `${token},${user},${user},${group}\n`).join(""),
    );
    this.#write("audit-policy.json", JSON.stringify(AUDIT_POLICY));
    for (const { token } of USERS) this.writeKubeconfig(token, token);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** The API server creates it when it first starts, valid for loopback. */
  get caPath(): string {
    return this.file("certificates/apiserver.crt");
  }

  get caKeyPath(): string {
    return this.file("certificates/apiserver.key");
  }

  kubeconfigPath(name: string): string {
    return this.file(`${name}.kubeconfig`);
  }

  writeKubeconfig(name: string, token: string): void {
    this.#write(`${name}.kubeconfig`, kubeconfig(this.#server, this.caPath, token));
  }

  #write(name: string, content: string | Buffer): void {
    writeFileSync(this.file(name), content, { mode: 0o600 });
  }
}

export function kubeconfig(server: string, caPath: string, token: string, namespace = "default"): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caPath } }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "user", namespace } }],
    "current-context": "test",
  });
}
