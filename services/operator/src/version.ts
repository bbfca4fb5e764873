import packageJson from "../package.json" with { type: "json" };

/** The operator's own version: that of all packages. */
export const VERSION: string = packageJson.version;
