#!/usr/bin/env node
import process from "node:process";

// kubectl starts plugins with the first Node.js on the PATH. An older one would fail somewhere inside a library.
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `error: kubectl-dumbwaiter requires Node.js 24 or later, but found ${process.version}\n`,
  );
  process.exitCode = 1;
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), process);
}
