import { constants } from "node:os";
import type { LevelWithSilent } from "pino";
import type { Registry } from "prom-client";
import { helpText } from "../settings/help-text.ts";
import { LOG_FORMAT } from "../settings/process.ts";
import { ConfigError, type ServiceSettings } from "../settings/service-settings.ts";
import { createDependencyStates, type DependencyStates } from "../telemetry/dependency-states.ts";
import { createLogger, type LogFormat, type Logger } from "../telemetry/logger.ts";
import { createMetricsRegistry } from "../telemetry/metrics.ts";
import { startTracing, type TracingSettings } from "../telemetry/tracing.ts";
import { type AdminServer, startAdminServer } from "./admin-server.ts";
import { collectWhenIdle } from "./collect-when-idle.ts";
import { Health } from "./health.ts";
import { letHeapGrow } from "./let-heap-grow.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";
import { onStopSignal } from "./on-stop-signal.ts";

/** What every service starts with. */
export interface ServiceContext<Config = ProcessConfig> {
  readonly config: Config;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly dependencies: DependencyStates;
  readonly health: Health;
  readonly lifecycle: Lifecycle;
  readonly admin: AdminServer;
}

/** The settings that every process needs, whichever service it runs. */
interface ProcessConfig {
  readonly listen: { readonly adminPort: number; readonly host?: string | undefined };
  readonly shutdown: {
    readonly graceMs: number;
    readonly readinessDelayMs?: number;
    readonly drainMs?: number;
  };
  readonly log: { readonly level: LevelWithSilent; readonly format: LogFormat };
  /** Of a process that has messages. */
  readonly tracing?: TracingSettings;
  readonly google?: { readonly projectId: string } | undefined;
}

/** A start that cannot succeed until someone changes something; the message says what. */
export class StartError extends Error {}

interface RunMainOptions {
  /** Where the admin server listens in place of `HOST`, and the names under which it may be called. */
  readonly admin?: { readonly host: string; readonly allowedHosts: readonly string[] };
}

/**
 * The whole of an entry file: `await runMain(process, API_SETTINGS, async (context) => {…})`. `start` resolves once the
 * service accepts work, and registers the tasks of a stop with `context.lifecycle`; readiness follows by itself.
 *
 * `--help` prints the variables. Any other argument, an invalid environment, a failed start and an uncaught error end
 * the process with exit code 1. SIGTERM and SIGINT stop it, in the middle of a start too, with exit code 0 when the stop
 * was clean; a second signal ends it immediately.
 */
export async function runMain<Config extends ProcessConfig>(
  process: NodeJS.Process,
  settings: ServiceSettings<Config>,
  start: (context: ServiceContext<Config>) => Promise<void>,
  options: RunMainOptions = {},
): Promise<void> {
  if (process.argv.includes("--help")) {
    process.stdout.write(helpText(settings));
    return;
  }
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    const problem = `Unknown argument ${argument}: settings are read from environment variables; see --help`;
    refuseToStart(process, settings.service, problem, [problem]);
    return;
  }
  const config = loadOrReport(process, settings);
  if (config === undefined) return;
  const { service } = settings;
  const { listen, shutdown, log, tracing } = config;

  const logger = createLogger({
    ...{ service, ...log },
    project: config.google?.projectId,
    pretty: process.stdout.isTTY,
  });
  process.on("uncaughtException", (err, origin) => {
    logger.fatal({ err, origin }, "uncaught error");
    process.exit(1);
  });
  const health = new Health();
  const lifecycle = createLifecycle({ health, logger, ...shutdown });
  stopOnSignal(process, lifecycle, logger);
  try {
    if (tracing !== undefined) {
      const tracer = await startTracing({ ...tracing, service, logger });
      lifecycle.onStop("flush", "traces", () => tracer.close());
    }
    const registry = createMetricsRegistry({ service });
    const { host, allowedHosts } = { host: listen.host, allowedHosts: undefined, ...options.admin };
    const admin = await startAdminServer({ port: listen.adminPort, host, allowedHosts, registry, health });
    lifecycle.onStop("flush", "admin server", () => admin.close());
    const dependencies = createDependencyStates(registry, logger);
    await start({ config, logger, registry, dependencies, health, lifecycle, admin });
    health.started = true;
    // Of a process that has messages.
    if (tracing !== undefined) {
      letHeapGrow();
      collectWhenIdle();
    }
    logger.info({ adminPort: admin.port, ms: Math.round(process.uptime() * 1000) }, "ready");
  } catch (err) {
    // The stop may be what made it fail, and ends the process.
    if (health.stopping) return;
    const reason = startFailure(err, listen.adminPort);
    if (reason === undefined) logger.fatal({ err }, "failed to start");
    else logger.fatal(reason);
    await lifecycle.stop("start failed");
    process.exit(1);
  }
}

/** What the operator of the process can fix is reported in one line, without a stack. */
function startFailure(error: unknown, adminPort: number): string | undefined {
  if (error instanceof StartError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code !== "EADDRINUSE") return undefined;
  return `port ${port} is already in use; set ${port === adminPort ? "ADMIN_PORT" : "PORT"} to a free port`;
}

function loadOrReport<Config>(process: NodeJS.Process, settings: ServiceSettings<Config>) {
  try {
    return settings.load(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    refuseToStart(process, settings.service, error.message, error.problems);
    return undefined;
  }
}

/** People get text, and what collects logs gets one entry, in the format that is set if that much is valid. */
function refuseToStart(
  process: NodeJS.Process,
  service: string,
  message: string,
  problems: readonly string[],
): void {
  process.exitCode = 1;
  if (process.stderr.isTTY) {
    process.stderr.write(`${message}\n`);
    return;
  }
  const { data: format = LOG_FORMAT.default } = LOG_FORMAT.schema.safeParse(process.env.LOG_FORMAT ?? "");
  createLogger({ service, level: "fatal", format, stream: process.stderr }).fatal({ problems }, message);
}

function stopOnSignal(process: NodeJS.Process, lifecycle: Lifecycle, logger: Logger): void {
  onStopSignal(
    process,
    (signal) => void lifecycle.stop(signal).then((clean) => process.exit(clean ? 0 : 1)),
    (signal) => {
      logger.warn({ signal }, "second signal received; exiting immediately");
      process.exit(128 + constants.signals[signal]);
    },
  );
}
