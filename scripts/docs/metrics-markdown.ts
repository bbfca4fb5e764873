import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Which services have a metric that a package of theirs keeps. */
const SERVICES_WITH: Readonly<Record<string, string>> = {
  dumbwaiter_build_info: "api, processor, realtime, operator",
  dumbwaiter_dependency_up: "api, processor, realtime, operator",
  dumbwaiter_google_setup_faults_total: "api, processor, realtime",
  dumbwaiter_ingress_subscription_missing: "api, processor, realtime",
  dumbwaiter_http_server_refusals_total: "api, realtime",
  dumbwaiter_limits_shared: "api, realtime",
  dumbwaiter_limits_unavailable_total: "api, processor, realtime",
};

const METRIC =
  /\b(counter|gauge|histogram)\(registry, \{\s*name: "(\w+)",\s*help:\s*"([^"]+)",?(?:\s*labels: \{(.*?)\s\},|\s*openLabels: \[([^\]]*)\])?/gs;

const INTRODUCTION = `<!-- Made by \`npm run docs\` from the calls of counter, gauge and histogram in the code: change them there. -->
# Metrics

Every pod serves its metrics at \`/metrics\` on port 9090. All of them have the label \`service\` as well. The embedded
process has those of api, processor and realtime. In addition, every service has
[those of its process and of Node.js](https://github.com/siimon/prom-client#default-metrics), such as
\`dumbwaiter_process_resident_memory_bytes\` and \`dumbwaiter_nodejs_eventloop_lag_p99_seconds\`.

Every series exists from the start of its process, at 0, so that the first event counts in \`rate\` and \`increase\`. A
label with an asterisk has values that the process does not know in advance: those series begin with their first event.

[Operations](operations.md#alerts) has a runbook for each alert on them.`;

/** The text of `docs/metrics.md`. */
export function metricsMarkdown(): string {
  const rows = globSync("{services,packages}/*/src/**/*.ts", { cwd: ROOT })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => rowsOf(path, readFileSync(join(ROOT, path), "utf8")))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ row }) => row);
  return `${INTRODUCTION}\n\n| metric | type | labels | meaning | service |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function rowsOf(path: string, source: string) {
  return [...source.matchAll(METRIC)].map(([, type, name = "", help, known = "", open = ""]) => {
    const service = SERVICES_WITH[name] ?? /^services\/([\w-]+)\//.exec(path)?.[1];
    if (service === undefined) throw new Error(`SERVICES_WITH lacks ${name}`);
    const named = [
      ...[...known.matchAll(/(\w+):/g)].map(([, label]) => `\`${label}\``),
      ...[...open.matchAll(/"(\w+)"/g)].map(([, label]) => `\`${label}\`*`),
    ].join(", ");
    const row = `| \`${name}\` | ${type} | ${named} | ${help} | ${service} |`;
    return { name, row };
  });
}
