import type { Plugin } from "esbuild";

/** What `node-http.ts` of packages/service is for our own code, for the packages in a bundle, of which some import http. */
export const HTTP_ON_DEMAND: Plugin = {
  name: "http on demand",
  setup({ onResolve, onLoad }) {
    const namespace = "on-demand";
    onResolve({ filter: /^(node:)?http$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace } : undefined,
    );
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
