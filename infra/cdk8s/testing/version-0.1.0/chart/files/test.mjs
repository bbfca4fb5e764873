// What `helm test` runs: is the operator ready, and does the API server serve the CRD?
import { readFileSync } from "node:fs";
import { env } from "node:process";

const ready = await fetch(`${env.OPERATOR_URL}/readyz`);
if (!ready.ok) throw new Error(`the operator is not ready: ${ready.status} ${await ready.text()}`);
const authorization = `Bearer ${readFileSync(env.TOKEN_FILE, "utf8").trim()}`;
const kinds = await fetch(`${env.KUBERNETES_URL}/apis/dumbwaiter.io/v1alpha1`, {
  headers: { authorization },
});
const served = kinds.ok && (await kinds.json()).resources.some(({ kind }) => kind === "RoutingService");
if (!served) throw new Error(`the API server does not serve RoutingService: ${kinds.status}`);
