import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureProgram } from "../tools/ensure-program.ts";
import { findCommand } from "../tools/find-command.ts";
import { runCommand } from "../tools/run-command.ts";
import { buildah, IMAGES } from "./buildah.ts";

/** Replacements, built from Debian's packages, for the base images of the Dockerfile. */
interface BaseImages {
  /** A slim Debian with Node and npm. */
  readonly node: string;
  /** A slim Debian, like `debian:bookworm-slim`. */
  readonly runtime: string;
}

const SUITE = "bookworm";
const INCLUDED = ["ca-certificates", "libstdc++6"];

/** Debian's slim image omits these too. */
const LEFT_OUT = [
  "usr/share/{doc,info,lintian,locale,man}",
  "var/cache/*",
  "var/lib/apt/lists/*",
  "var/log/*",
];

/** Builds them if they are missing: two minutes. */
export async function baseImages(): Promise<BaseImages> {
  const runtime = `localhost/dumbwaiter-tests/slim:${SUITE}`;
  const node = `localhost/dumbwaiter-tests/node:${process.versions.node}`;
  if (!(await exists(runtime))) await makeRuntimeBase(runtime);
  if (!(await exists(node))) await makeNodeBase(node, runtime);
  return { node, runtime };
}

async function exists(image: string): Promise<boolean> {
  return (await buildah(["images", "--format", "{{.Name}}:{{.Tag}}"])).split("\n").includes(image);
}

async function makeRuntimeBase(image: string): Promise<void> {
  await ensureProgram("debootstrap");
  process.stderr.write("images: building a slim Debian from its packages, which takes two minutes\n");
  await inFolder(async (folder) => {
    const root = join(folder, "root");
    const { stdout: sites } = await runCommand("apt-get", ["indextargets", "--format", "$(SITE) $(RELEASE)"]);
    const mirror = sites
      .split("\n")
      .find((line) => line.endsWith(` ${SUITE}`))
      ?.split(" ")[0];
    const options = ["--variant=minbase", `--include=${INCLUDED.join(",")}`];
    const args = [...options, SUITE, root, mirror ?? "http://deb.debian.org/debian"];
    await runCommand("debootstrap", args, { timeoutMs: 900_000 });
    await runCommand("bash", ["-c", `rm -rf ${LEFT_OUT.join(" ")}`], { cwd: root });
    await commit(image, "scratch", (container) => buildah(["add", container, root, "/"]));
  });
}

/** The project's Node, this machine's npm, and the certificate authorities that this machine trusts. */
async function makeNodeBase(image: string, from: string): Promise<void> {
  const npm = await realpath(findCommand("npm") ?? "");
  const ca = process.env.NODE_EXTRA_CA_CERTS;
  await inFolder(async (folder) => {
    const local = join(folder, "usr/local");
    await mkdir(join(local, "bin"), { recursive: true });
    await cp(process.execPath, join(local, "bin/node"));
    await cp(join(npm, "../.."), join(local, "lib/node_modules/npm"), { recursive: true });
    if (ca) await cp(ca, join(local, "share/ca.pem"));
    await commit(image, from, async (container) => {
      await buildah(["add", container, folder, "/"]);
      await buildah([
        "run",
        "--isolation",
        "chroot",
        container,
        "--",
        "ln",
        "-s",
        "../lib/node_modules/npm/bin/npm-cli.js",
        "/usr/local/bin/npm",
      ]);
      if (ca) await buildah(["config", "--env", "NODE_EXTRA_CA_CERTS=/usr/local/share/ca.pem", container]);
    });
  });
}

async function commit(
  image: string,
  from: string,
  fill: (container: string) => Promise<unknown>,
): Promise<void> {
  const container = await buildah(["from", "--pull-never", from]);
  try {
    await fill(container);
    await buildah([
      "config",
      "--env",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      container,
    ]);
    await buildah(["commit", "--quiet", container, image]);
  } finally {
    await buildah(["rm", container]);
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  const folder = await mkdtemp(join(IMAGES, "base-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
