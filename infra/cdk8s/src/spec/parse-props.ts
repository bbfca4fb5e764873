import { problemsBesides } from "./problems-besides.ts";
import { dnsLabel } from "./quantities.ts";
import {
  NAME_RULE,
  type RoutingServiceProps,
  routingServiceName,
  routingServiceSpecSchema,
} from "./routing-service-props.ts";
import { problemsOf } from "./rules.ts";

/** A spec is invalid; `problems` has a sentence for each thing to correct. */
export class InvalidSpecError extends Error {
  readonly problems: readonly string[];

  constructor(name: string, problems: readonly string[]) {
    super(`RoutingService ${name} is invalid:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "InvalidSpecError";
    this.problems = problems;
  }
}

/** Applies the defaults, and checks the schema and the rules. @throws InvalidSpecError with all problems */
export function parseProps(name: string, namespace: string, spec: unknown): RoutingServiceProps {
  const problems: string[] = [];
  if (!routingServiceName.safeParse(name).success) problems.push(NAME_RULE);
  if (!dnsLabel.safeParse(namespace).success) problems.push(`${namespace} is not a valid namespace name`);
  const parsed = routingServiceSpecSchema.safeParse(spec);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues)
      problems.push(`${["spec", ...path].join(".")}: ${message}`);
    problems.push(...problemsBesides(parsed.error.issues, spec));
  } else problems.push(...problemsOf(parsed.data));
  if (problems.length > 0 || !parsed.success) throw new InvalidSpecError(name, problems);
  return { name, namespace, spec: parsed.data };
}
