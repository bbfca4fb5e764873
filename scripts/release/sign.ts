import { cosignPath } from "@dumbwaiter/dev-env/tools/release-tools";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";

/** Signs with a private key, or with the identity of the CI job that runs it. */
export interface Signer {
  /** @param path of the file; the signature is beside it */
  signFile(path: string): Promise<void>;
  /** @param reference of an image or a chart in a registry, with its digest */
  signImage(reference: string): Promise<void>;
  /** @param type as `cosign verify-attestation` knows it @param predicate a file */
  attest(reference: string, type: "cyclonedx" | "slsaprovenance1", predicate: string): Promise<void>;
}

/**
 * @param key a file of `cosign generate-key-pair`, or `keyless` for the identity that the environment offers. Only
 *   keyless signatures are written to Sigstore's public log, which makes them last longer than their certificates.
 */
export async function signer(key: string): Promise<Signer> {
  const cosign = await cosignPath();
  const how = key === "keyless" ? ["--yes"] : ["--yes", "--key", key, "--tlog-upload=false"];
  const run = (...args: readonly string[]) => runCommand(cosign, args);
  return {
    async signFile(path) {
      await run("sign-blob", ...how, "--bundle", `${path}.bundle`, path);
    },
    async signImage(reference) {
      await run("sign", ...how, reference);
    },
    async attest(reference, type, predicate) {
      await run("attest", ...how, "--type", type, "--predicate", predicate, reference);
    },
  };
}
