import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { commandLineMarkdown } from "./command-line-markdown.ts";
import { configurationMarkdown } from "./configuration-markdown.ts";
import { withCosts } from "./costs-markdown.ts";
import { errorsMarkdown } from "./errors-markdown.ts";
import { metricsMarkdown } from "./metrics-markdown.ts";
import { specMarkdown } from "./spec-markdown.ts";

/** Writes the documents that are generated from the code, if they have changed. */
write("command-line.md", await commandLineMarkdown());
write("configuration.md", configurationMarkdown());
write("errors.md", errorsMarkdown());
write("metrics.md", metricsMarkdown());
write("operations.md", withCosts(readFileSync(fileOf("operations.md"), "utf8")));
write("routing-service.md", specMarkdown());

function fileOf(name: string): URL {
  return new URL(`../../docs/${name}`, import.meta.url);
}

function write(name: string, markdown: string): void {
  const file = fileOf(name);
  if (!existsSync(file) || readFileSync(file, "utf8") !== markdown) writeFileSync(file, markdown);
}
