import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle/bundle.ts";
import { BUNDLES, COMMANDS } from "./bundle/bundles.ts";

const DIST = join(import.meta.dirname, "../dist");
const PROGRAMS = [...BUNDLES, ...COMMANDS];
const NAMES = PROGRAMS.map(({ name }) => name);

const HELP = `npm run bundle [-- NAME…]

Makes of each program what its image holds, or what people install, as dist/NAME/main.js: ${NAMES.join(", ")}.
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (values.help) process.stdout.write(HELP);
else if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(", ")}.\n\n${HELP}`);
  process.exitCode = 1;
} else {
  for (const program of PROGRAMS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )) {
    const folder = join(DIST, program.name);
    const bytes = await bundle(program, folder);
    process.stdout.write(`${relative(process.cwd(), folder)}  ${(bytes / 1e6).toFixed(1)} MB\n`);
  }
}
