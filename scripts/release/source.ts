import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { parse } from "yaml";

/**
 * Where the source of a release is: the `https` URL of git's remote `origin`, or the chart's `home` in a checkout that
 * has none on another machine.
 */
export async function sourceOfCheckout(): Promise<string> {
  const origin = await runCommand("git", ["remote", "get-url", "origin"], { cwd: ROOT }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  const chart = await readFile(join(ROOT, "charts/dumbwaiter-operator/Chart.yaml"), "utf8");
  return httpsUrl(origin) ?? (parse(chart) as { readonly home: string }).home;
}

/**
 * The URL of a repository as a browser opens it, without credentials and `.git`.
 *
 * @param remote as git knows it, such as `git@github.com:acme/dumbwaiter.git`
 * @returns undefined if it is on this machine
 */
export function httpsUrl(remote: string): string | undefined {
  const [, host, path] = /^(?:[^@/]+@)?([^:/@]+):(?!\/\/)\/?(.+)$/.exec(remote) ?? [];
  const url = URL.parse(host === undefined ? remote : `ssh://${host}/${path}`);
  if (url === null || !/^(https?|ssh|git):$/.test(url.protocol)) return undefined;
  const address = url.protocol === "https:" ? url.host : url.hostname;
  return `https://${address}${url.pathname.replace(/\/$/, "").replace(/\.git$/, "")}`;
}
