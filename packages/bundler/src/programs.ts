/** A program that is shipped in one file: its entry, and what of its packages cannot be in that file. */
export interface Program {
  readonly name: string;
  readonly entry: string;
  /** Files by package, which the program looks for in its `node_modules`. */
  readonly assets?: Readonly<Record<string, readonly string[]>>;
  /** The name of the command, for a program that people install. */
  readonly command?: string;
}

/** Each runs in an image of its own: the Dockerfile's SERVICE. */
export const IMAGE_PROGRAMS: readonly Program[] = [
  {
    name: "api",
    entry: "services/api/src/main.ts",
    assets: {
      "swagger-ui-dist": ["package.json", "swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"],
    },
  },
  { name: "processor", entry: "services/processor/src/main.ts" },
  { name: "realtime", entry: "services/realtime/src/main.ts" },
  { name: "operator", entry: "services/operator/src/main.ts" },
  { name: "issuer", entry: "services/dev-issuer/src/main.ts" },
  { name: "provision", entry: "scripts/provision.ts" },
  { name: "verify", entry: "scripts/verify.ts" },
];

/** The kubectl plugin, which people install. */
export const KUBECTL_PLUGIN: Program = {
  name: "kubectl-plugin",
  entry: "packages/kubectl-plugin/src/main.ts",
  command: "kubectl-dumbwaiter",
};

/** The command line, which people install. */
export const COMMAND_LINE: Program = {
  name: "cli",
  entry: "packages/cli/src/main.ts",
  command: "dumbwaiter",
};
