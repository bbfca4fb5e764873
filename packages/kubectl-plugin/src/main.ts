#!/usr/bin/env node
import process from "node:process";

// What kubectl starts runs on whichever Node is first on the PATH. An older one fails in the middle of the libraries.
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`error: kubectl-dumbwaiter needs Node.js 24 or newer; this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), process);
}
