import { keyOf, type RoutingService } from "@dumbwaiter/routing-service";
import { withCluster } from "../cluster.ts";
import type { Terminal } from "../terminal.ts";
import { nameConflicts } from "./name-conflicts.ts";
import type { Plan } from "./plan.ts";
import { planOf } from "./plan-of.ts";
import { planText } from "./plan-text.ts";
import { type ApplyOptions, proposedRoutingServices } from "./proposed-routing-services.ts";

interface PlanOptions extends ApplyOptions {
  readonly exitCode: boolean;
  readonly output: string;
}

/** @returns the exit code: 1 if `exitCode` is set and something would change */
export async function planCommand(options: PlanOptions, terminal: Terminal): Promise<number> {
  const proposed = await proposedRoutingServices(options, terminal);
  const plans: Plan[] = [];
  await withCluster(options, terminal, async ({ client }) => {
    const conflicts = await nameConflicts(client, proposed, terminal);
    for (const routingService of proposed) {
      plans.push(
        await planOf(
          client,
          (await client.find(routingService)) as RoutingService | undefined,
          routingService,
          conflicts.get(keyOf(routingService)),
        ),
      );
    }
  });
  if (options.output === "json") terminal.json({ plans });
  else terminal.write(plans.map((plan) => planText(plan, terminal)).join("\n\n"));
  for (const warning of plans.flatMap(({ warnings }) => warnings)) terminal.warn(warning);
  const problems = problemsOf(plans);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const isDifferent = plans.some(
    ({ action, objects, foreign }) =>
      action !== "none" || objects.length > 0 || foreign.some((each) => each.action === "remove"),
  );
  return options.exitCode && isDifferent ? 1 : 0;
}

function problemsOf(plans: readonly Plan[]): string[] {
  const refused = plans.flatMap((plan) => plan.refused);
  const unplanned = plans.flatMap((plan) => plan.unplanned);
  return [
    ...(refused.length > 0 ? [`the operator would fail with these objects:\n  ${refused.join("\n  ")}`] : []),
    ...(unplanned.length > 0 ? [`these objects could not be planned:\n  ${unplanned.join("\n  ")}`] : []),
    ...plans.flatMap(({ stopped, namespace, name }) =>
      stopped === undefined
        ? []
        : [`the operator would not apply RoutingService ${namespace}/${name}: ${stopped.message}`],
    ),
  ];
}
