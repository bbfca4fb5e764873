import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { serveBytes } from "@dumbwaiter/service";
import type { RequestHandler } from "express";

/**
 * The TypeScript of a folder as a browser runs it, by path under the folder. What can be asked for is fixed now; the
 * types are stripped when a file is first asked for, so that a start without the page pays nothing.
 */
export function browserModules(folder: string): Map<string, RequestHandler> {
  const paths = globSync("**/*.ts", { cwd: folder }).filter((path) => !path.endsWith(".test.ts"));
  return new Map(paths.map((path) => [path, onceAsked(join(folder, path))]));
}

function onceAsked(path: string): RequestHandler {
  let serve: RequestHandler | undefined;
  return (request, response, next) => {
    serve ??= serveBytes(".js", stripTypeScriptTypes(readFileSync(path, "utf8")));
    return serve(request, response, next);
  };
}
