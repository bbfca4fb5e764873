import { BUNDLES } from "./bundles.ts";

/** `node print-entry.ts NAME`: the program's source file, for where it is not bundled. */
const name = process.argv[2];
const found = BUNDLES.find((bundle) => bundle.name === name);
if (!found)
  throw new Error(`There is no ${name}; there are ${BUNDLES.map((bundle) => bundle.name).join(", ")}.`);
process.stdout.write(`${found.entry}\n`);
