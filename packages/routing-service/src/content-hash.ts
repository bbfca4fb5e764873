import { createHash } from "node:crypto";
import type { KubeObject } from "@dumbwaiter/kubernetes";

/** Equal contents have equal hashes; long enough that different ones never do. */
export function contentHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}

/** Changes exactly when a Deployment's pods are replaced. */
export function podTemplateHash({ spec }: KubeObject): string {
  return contentHash((spec as { readonly template: unknown }).template);
}
