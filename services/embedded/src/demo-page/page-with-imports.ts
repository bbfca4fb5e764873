import { readFileSync } from "node:fs";

const PLACE = "<!-- import map -->";

/** The page with its import map, the one script that browsers accept only inline. */
export function pageWithImports(path: string, importMap: string): string {
  const page = readFileSync(path, "utf8");
  if (!page.includes(PLACE)) throw new Error(`${path} has no place for its import map`);
  return page.replace(PLACE, `<script type="importmap">${importMap}</script>`);
}
