import { chmod, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { build, stop } from "esbuild";
import { billOfMaterials, bundledPackages, noticesOf } from "./bundled-packages.ts";
import { HTTP_ON_DEMAND } from "./http-on-demand.ts";
import type { Program } from "./programs.ts";
import { shrinkSourceMap } from "./shrink-source-map.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** CommonJS packages load Node's modules with it. */
const REQUIRE = `import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);`;

/** Bundles each program into a folder of its name below `folder`. @param onDone told the size of each `main.js` */
export async function bundlePrograms(
  programs: readonly Program[],
  folder: string,
  onDone: (folder: string, bytes: number) => void = () => {},
): Promise<void> {
  try {
    for (const program of programs) {
      const own = join(folder, program.name);
      onDone(own, await bundleProgram(program, own));
    }
  } finally {
    await stop(); // esbuild's own process would outlive a test
  }
}

/**
 * Writes the program as `main.js` with its source map, its assets, the notices of the packages in it
 * (`third-party-notices.txt`) and a bill of materials (`sbom.cdx.json`).
 *
 * @param folder its old content is removed
 * @returns size of `main.js` in bytes
 * @throws if the entry cannot be bundled
 */
async function bundleProgram(
  { name, entry, assets = {}, command }: Program,
  folder: string,
): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  const outfile = join(folder, "main.js");
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // Packages that offer both formats are smaller as ES modules.
    mainFields: ["module", "main"],
    // Keeps names, for stack traces.
    minifyWhitespace: true,
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false,
    banner: { js: REQUIRE },
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    plugins: [HTTP_ON_DEMAND],
    metafile: true,
    logLevel: "warning",
  });
  const map = shrinkSourceMap(JSON.parse(await readFile(`${outfile}.map`, "utf8")));
  await writeFile(`${outfile}.map`, JSON.stringify(map));

  const [code] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
  if (!code) throw new Error(`${entry}: esbuild wrote no output`);
  const copied = await copyAssets(assets, createRequire(join(ROOT, entry)), folder);
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const product = { name: `dumbwaiter-${name}`, version };
  const packages = await bundledPackages(ROOT, [...Object.keys(code.inputs), ...copied]);
  const bom = billOfMaterials(product.name, product.version, packages);
  const bin = command === undefined ? {} : { bin: { [command]: "main.js" } };
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ ...product, private: true, type: "module", ...bin }),
  );
  if (command !== undefined) await chmod(outfile, 0o755);
  await writeFile(join(folder, "third-party-notices.txt"), noticesOf(packages));
  await writeFile(join(folder, "sbom.cdx.json"), JSON.stringify(bom));
  return code.bytes;
}

/** @returns the files in the packages, relative to the root */
async function copyAssets(
  assets: Readonly<Record<string, readonly string[]>>,
  require: NodeJS.Require,
  folder: string,
): Promise<string[]> {
  const copied: string[] = [];
  for (const [name, files] of Object.entries(assets)) {
    const from = dirname(require.resolve(`${name}/package.json`));
    const to = join(folder, "node_modules", name);
    await mkdir(to, { recursive: true });
    for (const file of files) await cp(join(from, file), join(to, file));
    copied.push(...files.map((file) => relative(ROOT, join(from, file))));
  }
  return copied;
}
