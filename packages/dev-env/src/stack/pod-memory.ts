import { mebibytes, parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { fromSource, type Launcher } from "./launcher.ts";

interface Memory {
  readonly limitMib: number;
  /** `--max-old-space-size=…` */
  readonly nodeOptions: string;
}

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
}

/** The memory of each component's pods, as the defaults render it. */
export function podMemory(): ReadonlyMap<string, Memory> {
  const objects = renderRoutingService(
    parseProps("dumbwaiter", "default", {
      auth: { issuer: "i", audience: "a", jwksUrl: "https://issuer.example/jwks.json" },
      google: {
        ...{ project: "project", cloudResources: "external" },
        emulators: { pubsub: "pubsub:8085", firestore: "firestore:8080" },
      },
      redis: { url: "redis://redis" },
    }),
  ) as unknown as { kind: string; spec: { template: { spec: { containers: Container[] } } } }[];
  const containers = objects
    .filter(({ kind }) => kind === "Deployment")
    .flatMap(({ spec }) => spec.template.spec.containers);
  return new Map(containers.map((container) => [container.name, memoryOf(container)]));
}

function memoryOf({ env, resources }: Container): Memory {
  return {
    limitMib: mebibytes(resources.limits.memory),
    nodeOptions: env.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "",
  };
}

/** Runs each service from its source with the heap of its pod. */
export function asPods(memory: ReadonlyMap<string, Memory>): Launcher {
  return (program) => ({
    ...fromSource(program),
    env: { NODE_OPTIONS: memory.get(program)?.nodeOptions ?? "" },
  });
}
