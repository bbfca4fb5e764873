import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { exportJWK, generateKeyPair, type JWK } from "jose";

export const DEV_ISSUER_ALGORITHM = "ES256";

export async function newDevIssuerKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(DEV_ISSUER_ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

/** The key in the file, generated if there is none, so that tokens stay valid after a restart. */
export async function loadDevIssuerKey(file: string): Promise<JWK> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = await newDevIssuerKey();
  await mkdir(dirname(file), { recursive: true });
  // A process that is killed here must not leave half a key.
  await writeFile(`${file}.new`, JSON.stringify(key), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return key;
}
