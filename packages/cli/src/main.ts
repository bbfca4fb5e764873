#!/usr/bin/env node
import process from "node:process";

// An older Node.js would fail somewhere inside a library.
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`error: dumbwaiter requires Node.js 24 or later, but found ${process.version}\n`);
  process.exitCode = 1;
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), process);
}
