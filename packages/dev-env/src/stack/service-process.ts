import { freePort, LOOPBACK, type OnDeath, type Server, startServer } from "../servers/index.ts";
import { fromSource, type Launcher } from "./launcher.ts";

/** One process of a service. `url` is the service's own; a processor has only an admin URL. */
export interface ServiceProcess extends Server {
  /** Serves `/healthz`, `/readyz` and `/metrics`. */
  readonly adminUrl: string;
}

interface Run {
  readonly launcher?: Launcher;
  readonly onDeath?: OnDeath | undefined;
}

/** Runs a service with its settings in the environment; resolves once it is ready. */
export async function startService(
  service: "api" | "processor" | "realtime",
  number: number,
  env: Readonly<Record<string, string>>,
  run: Run = {},
): Promise<ServiceProcess> {
  const adminPort = await freePort();
  const port = service === "processor" ? adminPort : await freePort();
  const adminUrl = `http://${LOOPBACK}:${adminPort}`;
  const server = await startProgram(`${service}-${number}`, service, {
    port,
    env: { ...env, ADMIN_PORT: String(adminPort) },
    readyUrl: `${adminUrl}/readyz`,
    ...run,
  });
  return Object.assign(server, { adminUrl });
}

/** The development issuer as a process of its own. */
export async function startDevIssuer(run: Run = {}): Promise<Server> {
  const port = await freePort();
  return await startProgram("issuer", "issuer", {
    port,
    env: { DEV_ISSUER: "1", ADMIN_PORT: "0" },
    readyUrl: `http://${LOOPBACK}:${port}/.well-known/jwks.json`,
    ...run,
  });
}

interface Program extends Run {
  port: number;
  env: Readonly<Record<string, string>>;
  readyUrl: string;
}

async function startProgram(name: string, program: string, options: Program): Promise<Server> {
  const { port, env, readyUrl, launcher = fromSource, onDeath } = options;
  const { command, args, env: more } = launcher(program);
  return await startServer(port, `http://${LOOPBACK}:${port}`, {
    name,
    command,
    args,
    env: { NODE_ENV: "development", HOST: LOOPBACK, ...env, PORT: String(port), ...more },
    probe: async () => {
      const { ok, status } = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
      if (!ok) throw new Error(`${readyUrl} answered ${status}`);
    },
    onDeath,
  });
}
