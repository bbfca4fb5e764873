import type { FaultRates } from "../google/google-faults.ts";
import { type GoogleStandIn, startGoogleStandIn } from "../google/google-stand-in.ts";
import {
  type Server,
  type ServerAddress,
  startFirestoreEmulator,
  startPubSubEmulator,
  startRedis,
  uniqueName,
} from "../servers/index.ts";
import { fromSource, type Launcher } from "./launcher.ts";
import { provision } from "./provision.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { type ServiceProcess, startDevIssuer, startService } from "./service-process.ts";

export interface StackOptions {
  /** How many of each service; one by default. */
  api?: number;
  processor?: number;
  realtime?: number;
  /** Settings for every service; they override the stack's own. */
  env?: Readonly<Record<string, string>>;
  /** Settings for the processors only; they override those for every service. */
  processorEnv?: Readonly<Record<string, string>>;
  /** Running servers. The stack starts the others, and stops only what it started. */
  redis?: ServerAddress;
  pubsub?: ServerAddress;
  firestore?: ServerAddress;
  /**
   * What the services call: the emulators by default, or the stand-in in front of them, as they would call Google: with
   * TLS and credentials, those of processors from a file, and with a database that has a name.
   */
  google?: "emulators" | "stand-in";
  /** How the stand-in fails; not at all by default. */
  googleFaults?: FaultRates;
  /** How the services, the issuer and the provisioning run; from their source by default. */
  launcher?: Launcher;
  /** Called for each process that the stack has started, once it is ready. */
  onStart?: (server: Server) => void;
  /** Called with the end of its log when a process ends unexpectedly. */
  onDeath?: (report: string) => void;
}

export interface Stack {
  api: ServiceProcess[];
  processor: ServiceProcess[];
  realtime: ServiceProcess[];
  issuer: Server;
  redis: ServerAddress;
  pubsub: ServerAddress;
  firestore: ServerAddress;
  /** If the services use it. */
  google?: GoogleStandIn | undefined;
  /** The environment of the services, without their ports: for tests that use the adapters themselves. */
  env: Readonly<Record<string, string>>;
  /** Every process that the stack has started, by name: `api-1`, `realtime-2`, `redis`… */
  processes: ReadonlyMap<string, Server>;
  /** Stops them all: the services first, then what they depend on. */
  stop(): Promise<void>;
}

/**
 * The whole platform on loopback, one process per part: real servers, provisioned in a project of their own, and the
 * services, configured by their environment alone. Resolves once all are ready; a failed start stops them all.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const processes = new Map<string, Server>();
  const dependencies: Server[] = [];
  let google: GoogleStandIn | undefined;
  const services: Server[] = [];

  async function keep<T extends Server>(list: Server[], starting: Promise<T>): Promise<T> {
    const server = await starting;
    list.push(server);
    processes.set(server.name, server);
    options.onStart?.(server);
    return server;
  }

  async function stop(): Promise<void> {
    const stopAll = (servers: Server[]) => Promise.all(servers.map((server) => server.stop()));
    await stopAll(services);
    await google?.close();
    await stopAll(dependencies);
  }

  async function startAll(): Promise<Stack> {
    const { onDeath, launcher = fromSource } = options;
    const run = { launcher, onDeath };
    const [redis, pubsub, firestore, issuer] = await settled([
      options.redis ?? keep(dependencies, startRedis(onDeath)),
      options.pubsub ?? keep(dependencies, startPubSubEmulator(onDeath)),
      options.firestore ?? keep(dependencies, startFirestoreEmulator(onDeath)),
      keep(dependencies, startDevIssuer(run)),
    ]);
    const servers = { redis, pubsub, firestore };
    if (options.google === "stand-in") {
      google = await startGoogleStandIn({ pubsub, firestore, faults: options.googleFaults });
    }
    const env = {
      ...serviceEnvironment(uniqueName("stack"), servers, issuer),
      ...(google && { FIRESTORE_DATABASE: "dumbwaiter", ...google.env("metadata") }),
      ...options.env,
    };
    await provision(launcher, env);

    const several = (service: "api" | "processor" | "realtime", more = {}) =>
      Array.from({ length: options[service] ?? 1 }, (_, index) =>
        keep(services, startService(service, index + 1, { ...env, ...more }, run)),
      );
    const [api, processor, realtime] = await settled([
      settled(several("api")),
      settled(several("processor", { ...google?.env("federation"), ...options.processorEnv })),
      settled(several("realtime")),
    ]);
    return { api, processor, realtime, issuer, ...servers, google, env, processes, stop };
  }

  try {
    return await startAll();
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Like Promise.all, but waits for the others when one fails, so that they can be stopped. */
async function settled<const T extends readonly unknown[]>(
  starting: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting);
  return await Promise.all(starting);
}
