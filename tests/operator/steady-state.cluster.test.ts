import { measureOperator, SPEC } from "@dumbwaiter/dev-env/operator/measure-operator";
import { routingService } from "@dumbwaiter/dev-env/operator/routing-service";
import { parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { expect, it } from "@jest/globals";

const SERVICES = 200;
const TIMEOUT_MS = 1_200_000;

it(
  "keeps 200 RoutingServices with little CPU and memory, and writes nothing if nothing has changed",
  async () => {
    const { objects, steady } = await measureOperator(SERVICES, (line) => process.stderr.write(`${line}\n`));
    const { spec } = routingService("any", "any", SPEC);
    expect(objects).toBe(SERVICES * renderRoutingService(parseProps("any", "any", spec)).length);
    expect(steady.periodicReconciles).toBeGreaterThanOrEqual(2);
    expect(steady.writes).toBe(0);
    expect(steady.cpuPercent).toBeLessThan(5);
    expect(steady.rssMegabytes).toBeLessThan(175);
  },
  TIMEOUT_MS,
);
