import { readFileSync } from "node:fs";
import { HELP_PAGES, helpOf } from "@dumbwaiter/cli/help";

/** Written by hand, with a place for what the program says itself. */
const TEMPLATE = new URL("command-line.template", import.meta.url);

/** `docs/command-line.md`: the template with what `--help` prints for each command. */
export async function commandLineMarkdown(): Promise<string> {
  const [overview = "", ...commands] = await Promise.all(HELP_PAGES.map(helpOf));
  const pages = commands.map(
    (help, index) => `### ${HELP_PAGES[index + 1]?.join(" ")}\n\n${block(ownPart(help))}`,
  );
  return readFileSync(TEMPLATE, "utf8")
    .replace("{{overview}}", () => block(overview))
    .replace("{{commands}}", () => pages.join("\n\n"));
}

function block(text: string): string {
  return `\`\`\`\n${text.trim()}\n\`\`\``;
}

/** The overview has the global options. */
function ownPart(help: string): string {
  return help.replace(/^Global options:\n(?:.+\n)*\n?/m, "");
}
