import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import type { Figure, Found } from "../runner/measure.ts";
import { SERVICES, type TreeStack } from "../trees/start-tree-stack.ts";
import { Sender } from "./sender.ts";

const SENDERS = 8;
const PER = 10_000;

/** Of all service processes together. */
export const CPU_UNIT = "CPU s per 10,000 messages";

/** What `cpuOf` finds: all services together, each of them, and the bench itself. */
export function cpuFigures(name: string): Figure[] {
  return [name, ...[...SERVICES, "bench"].map((part) => `${name}/${part}`)].map((each) => ({
    ...{ name: each, unit: CPU_UNIT },
  }));
}

/** CPU seconds that so many messages take while `work` runs. */
export async function cpuOf(
  name: string,
  { cpu }: Pick<TreeStack, "cpu">,
  messages: number,
  work: () => Promise<void>,
): Promise<Found> {
  const [before, benchBefore] = [cpu(), cpuSeconds([process.pid])];
  await work();
  const [after, bench] = [cpu(), cpuSeconds([process.pid]) - benchBefore];
  const per = (seconds: number) => (seconds * PER) / messages;
  const parts = SERVICES.map((service) => [service, per(after[service] - before[service])] as const);
  return {
    [name]: parts.reduce((sum, [, seconds]) => sum + seconds, 0),
    ...Object.fromEntries(parts.map(([service, seconds]) => [`${name}/${service}`, seconds])),
    [`${name}/bench`]: per(bench),
  };
}

export function openSenders(endpoints: readonly Endpoints[]): Promise<Sender[]> {
  return Promise.all(
    Array.from({ length: SENDERS }, (_, index) =>
      Sender.create(new WireUser(uniqueName("sender"), endpoints[index % endpoints.length] as Endpoints)),
    ),
  );
}
