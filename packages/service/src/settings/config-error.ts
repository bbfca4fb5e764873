import type { ServiceName } from "./service-name.ts";

/** The environment of a service is wrong; `problems` holds a sentence for each thing to correct. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(service: ServiceName, problems: readonly string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join("\n");
    super(
      `${service} cannot start with this environment:\n${list}\nRun it with --help for the list of variables.`,
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}
