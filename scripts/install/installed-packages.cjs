/**
 * @typedef {Record<string, {
 *   name?: string, version?: string, link?: boolean, resolved?: string, optional?: boolean,
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 * }>} LockedPackages the `packages` of a lock file, by folder: "" is the project, `node_modules/…` a package
 */

/**
 * The part of the lock file that `npm start` and `npm run demo` run on: what the project's `dependencies` lead to. Left
 * out are everybody's `devDependencies`, and optional peers, such as the adapters of a service that the embedded
 * process runs on SQLite.
 *
 * @param {LockedPackages} locked
 * @returns {LockedPackages}
 */
function runtimePackages(locked) {
  const reached = new Map();
  const folders = [""];
  for (const folder of folders) {
    if (reached.has(folder)) continue;
    const { devDependencies, ...entry } = locked[folder];
    reached.set(folder, entry);
    if (entry.link) folders.push(entry.resolved);
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const found = resolve(locked, folder, name);
      if (found !== undefined) folders.push(found);
    }
  }
  const workspaces = [...reached.keys()].filter((folder) => folder !== "" && !isPackage(folder));
  return { ...Object.fromEntries(reached), "": { ...reached.get(""), workspaces } };
}

/** As Node looks for a package: in `node_modules` of the folder, then of each one above. */
function resolve(locked, folder, name) {
  for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf("/")))) {
    const candidate = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
    if (locked[candidate]) return candidate;
    if (from === "") return undefined;
  }
}

/** @param {string} folder */
const isPackage = (folder) => folder.includes("node_modules/");

/**
 * Whether all wanted packages are installed, each in its version. Others may be installed too, but none that the lock
 * file does not know: such an install is stale.
 *
 * @param {LockedPackages} installed as npm lists them in `node_modules/.package-lock.json`
 * @param {LockedPackages} wanted
 * @param {LockedPackages} locked
 */
function areInstalled(installed, wanted, locked) {
  if (Object.keys(installed).some((folder) => locked[folder] === undefined)) return false;
  return Object.entries(wanted).every(
    ([folder, { version, optional, link }]) =>
      !isPackage(folder) ||
      optional ||
      (installed[folder] !== undefined && (link || installed[folder].version === version)),
  );
}

module.exports = { areInstalled, isPackage, runtimePackages };
