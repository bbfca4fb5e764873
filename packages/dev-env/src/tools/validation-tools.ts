import { goTool } from "./go-tool.ts";

/** Checks manifests against schemas, offline. */
export function kubeconformPath(): Promise<string> {
  return goTool("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0");
}

/** Checks manifests for good practice. */
export function kubeScorePath(): Promise<string> {
  return goTool("kube-score", "github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
}
