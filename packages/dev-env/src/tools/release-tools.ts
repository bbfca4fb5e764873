import { goTool } from "./go-tool.ts";

/** Copies images between registries and folders, and is a registry itself. */
export function cranePath(): Promise<string> {
  return goTool("crane", "github.com/google/go-containerregistry/cmd/crane", "v0.22.1");
}

/** Installs plugins of kubectl. */
export function krewPath(): Promise<string> {
  return goTool("krew", "sigs.k8s.io/krew/cmd/krew", "v0.4.3");
}

/** Signs and verifies images, attestations and files. */
export function cosignPath(): Promise<string> {
  return goTool("cosign", "github.com/sigstore/cosign/v2/cmd/cosign", "v2.6.5");
}
