import { delimiter, join } from "node:path";
import { findEmulator, findJava } from "./cloud-sdk.ts";
import { freePort } from "./free-port.ts";
import { LOOPBACK, type OnDeath, type Server, startServer } from "./server.ts";
import { warmUpFirestore, warmUpPubSub } from "./warm-up.ts";

const PUBSUB_JAR = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar";
const FIRESTORE_JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";

/** Without it, the emulator does not notice that a subscriber is gone: see the class in it. */
const PUBSUB_FIX = join(import.meta.dirname, "pubsub-emulator-fix");

/** What a call to an emulator may take on a busy machine. Only tests of timeouts use shorter ones. */
export const EMULATOR_TIMEOUT_MS = 30_000;

/** @throws if Java or an emulator is missing, with how to install it */
export async function requireEmulators(): Promise<void> {
  findJava();
  for (const jar of [PUBSUB_JAR, FIRESTORE_JAR]) await findEmulator(jar);
}

/** Google's Pub/Sub emulator. `url` is the value for `PUBSUB_EMULATOR_HOST`. Its data ends with the process. */
export async function startPubSubEmulator(onDeath?: OnDeath): Promise<Server> {
  const jar = await findEmulator(PUBSUB_JAR);
  const classPath = [PUBSUB_FIX, jar].join(delimiter);
  const main = "com.google.cloud.pubsub.testing.v1.Main";
  // Without a limit, its heap grows to 2 GB.
  return await startEmulator("pubsub", ["-Xmx1g", "-cp", classPath, main], warmUpPubSub, onDeath);
}

/** Google's Firestore emulator. `url` is the value for `FIRESTORE_EMULATOR_HOST`. Its data ends with the process. */
export async function startFirestoreEmulator(onDeath?: OnDeath): Promise<Server> {
  const jar = await findEmulator(FIRESTORE_JAR);
  const main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"; // the jar names no main class
  return await startEmulator("firestore", ["-Xmx2g", "-cp", jar, main, "start"], warmUpFirestore, onDeath);
}

async function startEmulator(
  name: string,
  jvmArgs: string[],
  warmUp: (url: string) => Promise<void>,
  onDeath: OnDeath | undefined,
): Promise<Server> {
  const port = await freePort();
  const url = `${LOOPBACK}:${port}`;
  return await startServer(port, url, {
    name,
    command: findJava(),
    args: () => [...jvmArgs, `--host=${LOOPBACK}`, `--port=${port}`],
    probe: async () => {
      const { ok } = await fetch(`http://${url}/`, { signal: AbortSignal.timeout(2_000) });
      if (!ok) throw new Error("no answer yet");
    },
    prepare: () => warmUp(url),
    onDeath,
  });
}
