import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { bundlePrograms } from "./bundle-program.ts";
import { COMMAND_LINE, IMAGE_PROGRAMS, KUBECTL_PLUGIN } from "./programs.ts";

const DIST = join(import.meta.dirname, "../../../dist");
const PROGRAMS = [...IMAGE_PROGRAMS, KUBECTL_PLUGIN, COMMAND_LINE];
const NAMES = PROGRAMS.map(({ name }) => name);

const HELP = `npm run bundle [-- NAME…]

Bundles each program into dist/NAME/main.js, as its image holds it or as people install it: ${NAMES.join(", ")}.
--entry prints the program's source file instead.
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", default: false }, entry: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
const chosen = PROGRAMS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (values.help) process.stdout.write(HELP);
else if (unknown.length > 0) {
  process.stderr.write(`Unknown program: ${unknown.join(", ")}\n\n${HELP}`);
  process.exitCode = 1;
} else if (values.entry) {
  for (const { entry } of chosen) process.stdout.write(`${entry}\n`);
} else {
  await bundlePrograms(chosen, DIST, (folder, bytes) => {
    process.stdout.write(`${relative(process.cwd(), folder)}  ${(bytes / 1e6).toFixed(1)} MB\n`);
  });
}
