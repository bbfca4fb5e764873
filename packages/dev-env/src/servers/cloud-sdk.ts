import { execFile } from "node:child_process";
import { existsSync, globSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findCommand } from "../tools/find-command.ts";

const run = promisify(execFile);

const INSTALL = `Install Java 17 or later and Google's emulators:
  Debian, with Google's package source:  sudo apt-get install -y default-jre-headless google-cloud-cli-firestore-emulator google-cloud-cli-pubsub-emulator
  elsewhere, with the Google Cloud CLI:  gcloud components install cloud-firestore-emulator pubsub-emulator`;

/** The file under the Cloud SDK's folder that matches the pattern. @throws if it is missing, with how to install it */
export async function findEmulator(pattern: string): Promise<string> {
  for await (const root of sdkRoots()) {
    const [file] = globSync(join(root, pattern));
    if (file) return file;
  }
  throw new Error(`No ${pattern} found under the folder of the Google Cloud CLI. ${INSTALL}`);
}

export function findJava(): string {
  const home = process.env.JAVA_HOME;
  const java = home && existsSync(join(home, "bin/java")) ? join(home, "bin/java") : findCommand("java");
  if (!java) throw new Error(`No java found. ${INSTALL}`);
  return java;
}

/** Well-known folders first, because gcloud takes a second or more. */
async function* sdkRoots(): AsyncGenerator<string> {
  const gcloud = findCommand("gcloud");
  yield* ["/usr/lib/google-cloud-sdk", "/opt/google-cloud-sdk", join(homedir(), "google-cloud-sdk")];
  if (!gcloud) return;
  yield dirname(dirname(realpathSync(gcloud)));
  const { stdout } = await run(gcloud, ["info", "--format=value(installation.sdk_root)"]);
  yield stdout.trim();
}
