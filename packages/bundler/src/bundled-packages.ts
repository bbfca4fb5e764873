import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json names it. */
  readonly license: string;
  /** The notices that its license requires to be passed on. */
  readonly notices: readonly string[];
}

const FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const NOTICE = /^(licen[cs]e|copying|notice)/i;

/**
 * The packages that files belong to, by name and version.
 *
 * @param files relative to `root`
 */
export async function bundledPackages(root: string, files: readonly string[]): Promise<BundledPackage[]> {
  const folders = new Set(files.flatMap((file) => FOLDER.exec(file)?.[1] ?? []));
  const packages = await Promise.all([...folders].map((folder) => readPackage(join(root, folder))));
  const byId = new Map(packages.map((found) => [`${found.name}@${found.version}`, found]));
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

async function readPackage(folder: string): Promise<BundledPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && NOTICE.test(entry.name));
  const notices = await Promise.all(files.map((file) => readFile(join(folder, file.name), "utf8")));
  return { name, version, license: license ?? "", notices };
}

/** The notices of all packages, as text. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const parts = packages.map(({ name, version, license, notices }) =>
    [`${name} ${version} (${license})`, ...notices.map((notice) => notice.trim())].join("\n\n"),
  );
  return `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/**
 * A CycloneDX bill of materials, because image scanners find no packages in a bundle. Written by hand:
 * calls of `@cyclonedx/cyclonedx-library`, which models the whole standard, would be longer than these few fields.
 */
export function billOfMaterials(name: string, version: string, packages: readonly BundledPackage[]): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name, version, licenses: licenses("Apache-2.0") } },
    components: packages.map((bundled) => ({
      type: "library",
      name: bundled.name,
      version: bundled.version,
      purl: `pkg:npm/${bundled.name.replace("@", "%40")}@${bundled.version}`,
      ...(bundled.license ? { licenses: licenses(bundled.license) } : {}),
    })),
  };
}

const licenses = (expression: string) => [{ expression }];
