import { AREAS } from "./areas.ts";
import { type AreaScore, type TryOptions, tryArea } from "./try-area.ts";

/**
 * Tries the areas whose names match, and prints their scores as a table for docs/testing.md. Without the table if it was
 * interrupted.
 */
export async function tryAreas(options: TryOptions & { readonly pattern: string }): Promise<void> {
  const { pattern, print, signal } = options;
  const rows: string[] = [];
  for (const area of AREAS.filter(({ name }) => new RegExp(pattern).test(name))) {
    const score = await tryArea(area, options);
    if (signal.aborted) return;
    rows.push(`| ${area.name} | ${columnsOf(score).join(" | ")} |`);
  }
  print(
    "| area | mutants | tried | equivalent | killed | score |\n| --- | ---: | ---: | ---: | ---: | ---: |",
  );
  print(rows.join("\n"));
}

/** Cells of the table's row, after the name. */
export function columnsOf({ mutants, killed, survived, equivalent }: AreaScore): string[] {
  const counted = killed + survived;
  const score = counted > 0 ? `${Math.floor((100 * killed) / counted)} %` : "none";
  return [mutants, counted + equivalent, equivalent, killed].map(String).concat(score);
}
