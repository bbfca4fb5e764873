import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { krewPath } from "@dumbwaiter/dev-env/tools/release-tools";
import { type CommandResult, runCommand } from "@dumbwaiter/dev-env/tools/run-command";

/** krew with a home of its own, which downloads the files of a release from loopback. */
export interface Krew {
  /** By the release's manifest. @param args such as `--archive=FILE` @throws CommandError */
  install(...args: readonly string[]): Promise<CommandResult>;
  /** Runs what it has installed. */
  run(command: string, ...args: readonly string[]): Promise<CommandResult>;
  stop(): Promise<void>;
}

/** @param published where the manifest says that the files are */
export async function startKrew(release: string, published: string): Promise<Krew> {
  const krew = await krewPath();
  const root = await mkdtemp(join(tmpdir(), "krew-"));
  const server = createServer(({ url = "/" }, response) => {
    createReadStream(join(release, basename(url)))
      .on("error", () => response.writeHead(404).end())
      .pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const manifest = join(root, "dumbwaiter.yaml");
  const text = await readFile(join(release, "dumbwaiter.yaml"), "utf8");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(manifest, text.replaceAll(published, url));

  const bin = join(root, "bin");
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { KREW_ROOT: root, KREW_NO_UPGRADE_CHECK: "1", PATH: path };
  return {
    install: (...args) => runCommand(krew, ["install", `--manifest=${manifest}`, ...args], { env }),
    run: (command, ...args) => runCommand(join(bin, command), args, { env }),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await rm(root, { recursive: true, force: true });
    },
  };
}
