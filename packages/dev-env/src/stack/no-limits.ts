import { LIMITS } from "@dumbwaiter/service/settings";

/** Settings under which no test or measurement meets a limit of users. */
export const NO_LIMITS: Readonly<Record<string, string>> = Object.fromEntries(
  LIMITS.flatMap(({ name }) => {
    if (/_(RATE_PER_SECOND|BURST)$/.test(name)) return [[name, "1000000"]];
    if (/_BYTES_PER_HOUR$|^MAX_QUEUE_BYTES$/.test(name)) return [[name, "1024GiB"]];
    return name === "MAX_QUEUE_MESSAGES" ? [[name, "1000000000"]] : [];
  }),
);

/** The same settings as if they were not set. */
export const DEFAULT_LIMITS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(NO_LIMITS).map((name) => [name, ""]),
);
