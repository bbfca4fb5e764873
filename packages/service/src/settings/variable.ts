import type { z } from "zod";
import type { ServiceName } from "./service-name.ts";

/**
 * One environment variable. Without `default` and `required` it is optional, and its setting is `undefined` when it
 * is not set. An empty value counts as not set.
 */
export interface Variable {
  readonly name: string;
  /** Where its value is found in the configuration: `config[group][key]`; units stand in the key. */
  readonly group: string;
  readonly key: string;
  /** The services that read it. */
  readonly services: readonly ServiceName[];
  /** Turns the raw text into the setting; its messages complete the sentence "NAME …". */
  readonly schema: z.ZodType<unknown, string>;
  /** As one would write it in the environment. */
  readonly default?: string;
  readonly required?: true;
  /** Its value is never shown in a problem. */
  readonly secret?: true;
  /** One sentence without a full stop, for people. */
  readonly description: string;
}
