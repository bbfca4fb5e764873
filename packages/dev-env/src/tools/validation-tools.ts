import { goTool } from "./go-tool.ts";

/** Checks manifests against schemas, offline. */
export function kubeconformPath(): Promise<string> {
  return goTool("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0");
}

/** Checks manifests by the rules that it contains; it takes minutes to compile, once. */
export function trivyPath(): Promise<string> {
  return goTool("trivy", "github.com/aquasecurity/trivy/cmd/trivy", "v0.74.0", {
    // Of which it uses packages that Go has not released yet.
    GOEXPERIMENT: "jsonv2",
  });
}

/** Checks manifests for good practice. */
export function kubeScorePath(): Promise<string> {
  return goTool("kube-score", "github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
}
