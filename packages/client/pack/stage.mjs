/*
 * What `npm pack` and `npm publish` run before they read the package (`stage`) and after (`restore`). In the workspace
 * the exports are the TypeScript source, which needs no build; in the package they are the JavaScript built from it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const MANIFEST = "package.json";
/** The manifest of the workspace, while the other is in its place. */
const KEPT = "dist/package.json.kept";

function restore() {
  if (existsSync(KEPT)) copyFileSync(KEPT, MANIFEST);
  rmSync("dist", { recursive: true, force: true });
}

function stage() {
  restore(); // what an interrupted run has left
  execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
  copyFileSync(MANIFEST, KEPT);
  const { scripts: _scripts, ...manifest } = JSON.parse(readFileSync(MANIFEST, "utf8"));
  for (const [name, source] of Object.entries(manifest.exports)) {
    const built = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
    manifest.exports[name] = { types: `${built}.d.ts`, default: `${built}.js` };
  }
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[2] === "restore") restore();
else stage();
