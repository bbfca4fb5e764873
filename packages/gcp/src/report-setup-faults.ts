import { counter, LogSampler, type ServiceContext } from "@dumbwaiter/service";
import { explain, GOOGLE_SERVICES, roleFor, SETUP_FAULT_CODES, type SetupFault } from "./setup-faults.ts";

interface ReporterDependencies extends Pick<ServiceContext, "logger" | "registry"> {
  /** The service account that the calls come from, if it is known. */
  identity(): Promise<string | undefined>;
}

const LOG_INTERVAL_MS = 60_000;

/** Counts calls that Google refuses until someone changes the set-up, and says what to change. */
export function createSetupFaultReporter({ logger, registry, identity }: ReporterDependencies) {
  const faults = counter(registry, {
    name: "dumbwaiter_google_setup_faults_total",
    help: "Calls that Google refused for a fault of the set-up, by code: UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND or INVALID_ARGUMENT",
    labels: { dependency: GOOGLE_SERVICES, code: SETUP_FAULT_CODES },
  });
  const log = new LogSampler(LOG_INTERVAL_MS);

  async function write(fault: SetupFault, repeats: number): Promise<void> {
    const { dependency, method, resource, code, error } = fault;
    const account = await identity();
    const fields = { dependency, method, resource, code, identity: account, role: roleFor(fault), repeats };
    logger.error({ ...fields, err: error }, explain(fault, account));
  }

  return (fault: SetupFault): void => {
    faults.inc({ dependency: fault.dependency, code: fault.code });
    log.sample(`${fault.code} ${fault.method} ${fault.resource}`, (repeats) => void write(fault, repeats));
  };
}
