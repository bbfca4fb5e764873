import { join } from "node:path";
import { freePort, LOOPBACK, type OnDeath, type Server, startServer } from "../servers/index.ts";

/** One process of a service. `url` is the service's own; a processor's is its admin URL, all that it serves. */
export interface ServiceProcess extends Server {
  /** Serves `/healthz`, `/readyz` and `/metrics`. */
  readonly adminUrl: string;
}

const ROOT = join(import.meta.dirname, "../..");

/** Runs a service's entry with its settings in the environment; resolves once it is ready. */
export async function startService(
  service: "api" | "processor" | "realtime",
  number: number,
  env: Readonly<Record<string, string>>,
  onDeath?: OnDeath,
): Promise<ServiceProcess> {
  const adminPort = await freePort();
  const port = service === "processor" ? adminPort : await freePort();
  const adminUrl = `http://${LOOPBACK}:${adminPort}`;
  const server = await startEntry(`${service}-${number}`, `services/${service}/src/main.ts`, {
    port,
    env: { ...env, ADMIN_PORT: String(adminPort) },
    readyUrl: `${adminUrl}/readyz`,
    onDeath,
  });
  return Object.assign(server, { adminUrl });
}

/** The development issuer of the embedded process, in a process of its own. */
export async function startDevIssuer(onDeath?: OnDeath): Promise<Server> {
  const port = await freePort();
  return await startEntry("issuer", "packages/embedded/src/dev-issuer-main.ts", {
    port,
    env: { DEV_ISSUER: "1", ADMIN_PORT: "0" },
    readyUrl: `http://${LOOPBACK}:${port}/.well-known/jwks.json`,
    onDeath,
  });
}

interface Entry {
  port: number;
  env: Readonly<Record<string, string>>;
  readyUrl: string;
  onDeath: OnDeath | undefined;
}

async function startEntry(name: string, file: string, entry: Entry): Promise<Server> {
  const { port, env, readyUrl, onDeath } = entry;
  return await startServer(port, `http://${LOOPBACK}:${port}`, {
    name,
    command: process.execPath,
    args: () => [join(ROOT, file)],
    env: { NODE_ENV: "development", HOST: LOOPBACK, ...env, PORT: String(port) },
    probe: async () => {
      const { ok, status } = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
      if (!ok) throw new Error(`${readyUrl} answers ${status}`);
    },
    onDeath,
  });
}
