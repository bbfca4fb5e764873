// `node --import` it: appends the folder of each package that a module is loaded from to the file $LOADED_PACKAGES.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const seen = new Set();

registerHooks({
  load(url, context, nextLoad) {
    const [folder] = /((packages|services)\/[^/]+\/)?(node_modules\/(@[^/]+\/)?[^/]+\/)+/.exec(url) ?? [];
    if (folder !== undefined && !seen.has(folder)) {
      seen.add(folder);
      appendFileSync(process.env.LOADED_PACKAGES, `${folder.slice(0, -1)}\n`);
    }
    return nextLoad(url, context);
  },
});
