import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "../../tools/project-folders.ts";
import { runCommand } from "../../tools/run-command.ts";
import { say } from "../figures.ts";

const FOLDER = join(CACHE, "container-runtime");

/** Debian's packages. They are unpacked, not installed: no service starts, and the machine stays as it is. */
const PACKAGES = ["containerd", "runc", "containernetworking-plugins"];

export interface RuntimeBinaries {
  /** Holds containerd, its shim, ctr and runc; for PATH. */
  readonly folders: readonly string[];
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  /** Network plugins. */
  readonly cni: string;
}

/** The container runtime; fetched once. @throws if apt-get is missing or fails */
export async function runtimeBinaries(): Promise<RuntimeBinaries> {
  if (!existsSync(FOLDER)) await unpack();
  const [bin, sbin] = [join(FOLDER, "usr/bin"), join(FOLDER, "usr/sbin")];
  return {
    folders: [bin, sbin],
    containerd: join(bin, "containerd"),
    ctr: join(bin, "ctr"),
    runc: join(sbin, "runc"),
    cni: join(FOLDER, "usr/lib/cni"),
  };
}

async function unpack(): Promise<void> {
  say(`fetching ${PACKAGES.join(", ")}`);
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(`${FOLDER}-`);
  try {
    const download = () => runCommand("apt-get", ["download", ...PACKAGES], { cwd: folder });
    await download().catch(async () => {
      await runCommand("apt-get", ["update"]); // a new machine has no package lists
      await download();
    });
    for (const name of await readdir(folder)) {
      await runCommand("dpkg-deb", ["--extract", name, folder], { cwd: folder });
      await rm(join(folder, name));
    }
    await rename(folder, FOLDER);
  } catch (cause) {
    await rm(folder, { recursive: true });
    const packages = PACKAGES.join(" ");
    throw new Error(`${packages} are missing, and apt-get cannot fetch them: ${(cause as Error).message}`, {
      cause,
    });
  }
}
