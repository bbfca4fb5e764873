/** A program in one file: its entry, and what of its packages cannot be in it. */
export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Files by package, which the program looks for in its `node_modules`. */
  readonly assets?: Readonly<Record<string, readonly string[]>>;
  /** What it is called on people's machines, when that is where it runs. */
  readonly command?: string;
}

/** What runs in an image: the Dockerfile's SERVICE. */
export const BUNDLES: readonly Bundle[] = [
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

/** What people install. */
export const COMMANDS: readonly Bundle[] = [
  { name: "kubectl-plugin", entry: "packages/kubectl-plugin/src/main.ts", command: "kubectl-dumbwaiter" },
];
