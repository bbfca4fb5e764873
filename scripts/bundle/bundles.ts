/** A program that runs in an image: its entry, and what of its packages cannot be in one file. */
export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Files by package, which the program looks for in its `node_modules`. */
  readonly assets?: Readonly<Record<string, readonly string[]>>;
}

/** What `npm run bundle` and the Dockerfile's SERVICE know. */
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
  { name: "issuer", entry: "packages/embedded/src/dev-issuer-main.ts" },
  { name: "provision", entry: "scripts/provision.ts" },
];
