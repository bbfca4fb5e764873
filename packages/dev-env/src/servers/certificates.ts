import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];

/** What `openssl req` is given about the owner of a certificate, such as `["-subj", "/CN=redis"]`. */
export type Subject = readonly string[];

/**
 * Writes a certificate authority of its own to `ca.pem`, and certificates that it has signed with their keys to
 * `<name>.pem` and `<name>.key`.
 */
export async function makeCertificates(
  folder: string,
  subjects: Readonly<Record<string, Subject>>,
): Promise<void> {
  const req = (args: readonly string[]) => run("openssl", ["req", "-x509", ...args, ...KEY], { cwd: folder });
  await req(["-subj", "/CN=test authority", ...files("ca")]);
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key"];
  for (const [name, subject] of Object.entries(subjects)) await req([...subject, ...signed, ...files(name)]);
}

function files(name: string): string[] {
  return ["-keyout", `${name}.key`, "-out", `${name}.pem`];
}
