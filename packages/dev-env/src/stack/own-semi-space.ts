import { mebibytes } from "@dumbwaiter/infra";

/** In MiB, as `v8.getHeapStatistics().heap_size_limit` of Node 24 tells it in memory cgroups: see ADR 57. */
const OWN_SEMI_SPACE = [
  { upTo: 512, semiSpace: 1 },
  { upTo: 1024, semiSpace: 16 },
  { upTo: 2048, semiSpace: 32 },
  { upTo: Number.POSITIVE_INFINITY, semiSpace: 64 },
] as const;

/**
 * The largest semi-space that V8 takes by itself in a container with this much memory, as an option of Node. Without a
 * container it depends on the memory of the machine.
 */
export function ownSemiSpaceOption(memory: string): string {
  const found = OWN_SEMI_SPACE.find(({ upTo }) => mebibytes(memory) <= upTo);
  return `--max-semi-space-size=${found?.semiSpace}`;
}
