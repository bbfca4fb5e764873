import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import type { KubernetesObject, OwnedCluster } from "@dumbwaiter/dev-env/cluster";
import { type UnpackedImage, unpackReference } from "@dumbwaiter/dev-env/images/from-image";
import { layServiceAccount } from "@dumbwaiter/dev-env/images/pod-service-account";
import { helmPath } from "@dumbwaiter/dev-env/tools/helm";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { VERSION } from "@dumbwaiter/infra";
import { OF_A_RELEASED_CHART } from "@dumbwaiter/infra/testing/checkov-exceptions";
import { checkovFindings } from "@dumbwaiter/infra/testing/judges";
import { CONNECTED } from "@dumbwaiter/infra/testing/version-010";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { livesOn } from "../operator/life-of-an-installation.ts";
import { startKrew } from "./krew.ts";
import { type MadeRelease, madeRelease, SOURCE } from "./made-release.ts";

const IMAGES = IMAGE_PROGRAMS.map(({ name }) => `dumbwaiter-${name}`);
const COMPONENTS = ["api", "processor", "realtime"] as const;
const AARCH64 = 0xb7;

interface Operator extends KubernetesObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: [{ readonly image: string }] } };
  };
}

let made: MadeRelease;
beforeAll(async () => {
  made = await madeRelease();
}, 1_200_000);
afterAll(async () => {
  await made?.remove();
});

const referenceOf = (name: string) => `${made.registry}/${name}@${made.release.images[name]}`;
const operatorImage = () => `dumbwaiter-operator:${VERSION}@${made.release.images["dumbwaiter-operator"]}`;
const text = (name: string) => readFile(join(made.folder, name), "utf8");

/** What cosign says that somebody attested with our key. */
async function attested(reference: string, type: string) {
  const how = ["--key", made.keys.ours, "--insecure-ignore-tlog", "--type", type];
  const { stdout } = await made.cosign("verify-attestation", ...how, reference);
  const [envelope = ""] = stdout.trim().split("\n");
  return JSON.parse(Buffer.from(JSON.parse(envelope).payload, "base64").toString());
}

describe("a release", () => {
  it("is the same, byte by byte, when it is made again", async () => {
    const sums = await text("SHA256SUMS");
    expect(await readFile(join(made.again, "SHA256SUMS"), "utf8")).toBe(sums);
    const { stdout } = await runCommand("sha256sum", ["--check", "--strict", "SHA256SUMS"], {
      cwd: made.folder,
    });
    expect(stdout).not.toContain("FAILED");
  });

  it("is files alone, which all have a checksum, as the workflow attaches them", async () => {
    const listed = (await text("SHA256SUMS")).trim().split("\n");
    const names = listed.map((line) => line.split("  ")[1]);
    expect(names).toEqual(expect.arrayContaining(["images.tar", "dumbwaiter-api.cdx.json", "install.yaml"]));
    const entries = await readdir(made.folder, { withFileTypes: true });
    expect(entries.filter((entry) => !entry.isFile())).toEqual([]);
    expect(entries.map(({ name }) => name).sort()).toEqual(
      [...names, "SHA256SUMS", "SHA256SUMS.bundle"].sort(),
    );
  });

  it("has an archive of all images and the chart, by name", async () => {
    const { manifests } = JSON.parse(await readFile(join(made.images, "index.json"), "utf8"));
    const named = manifests.map(({ annotations, digest }: { annotations: object; digest: string }) => [
      ...[Object.values(annotations)[0], digest],
    ]);
    const { images, chart } = made.release;
    const expected = Object.entries({ ...images, "charts/dumbwaiter-operator": chart });
    expect(named).toEqual(expected.map(([name, digest]) => [`${name}:${VERSION}`, digest]));
  });

  it("has checksums that only our key has signed", async () => {
    const bundle = join(made.folder, "SHA256SUMS.bundle");
    const verify = (key: string, file: string) => {
      const how = ["--key", key, "--insecure-ignore-tlog", "--bundle", bundle];
      return made.cosign("verify-blob", ...how, file);
    };
    await verify(made.keys.ours, join(made.folder, "SHA256SUMS"));
    await expect(verify(made.keys.others, join(made.folder, "SHA256SUMS"))).rejects.toThrow();
    const changed = join(made.again, "changed");
    await writeFile(changed, `${await text("SHA256SUMS")} `);
    await expect(verify(made.keys.ours, changed)).rejects.toThrow();
  });

  it.each(IMAGES)("has a signed image %s of two platforms, which differ in Node alone", async (name) => {
    const reference = referenceOf(name);
    expect((await made.crane("digest", `${made.registry}/${name}:${VERSION}`)).stdout.trim()).toBe(
      made.release.images[name],
    );
    const verify = (key: string) => made.cosign("verify", "--key", key, "--insecure-ignore-tlog", reference);
    await verify(made.keys.ours);
    await expect(verify(made.keys.others)).rejects.toThrow();

    const platforms = ["amd64", "arm64"];
    const manifests = await Promise.all(
      platforms.map(async (architecture) => {
        const { stdout } = await made.crane("manifest", `--platform=linux/${architecture}`, reference);
        return JSON.parse(stdout) as { layers: { digest: string }[] };
      }),
    );
    const [program, ...others] = new Set(manifests.map(({ layers }) => layers.at(-1)?.digest));
    expect({ program, others }).toEqual({ program: expect.stringMatching(/^sha256:/), others: [] });
    const nodes = manifests.map(({ layers }) => layers.at(-2)?.digest);
    expect(new Set(nodes).size).toBe(platforms.length);
    const blob = join(made.images, "blobs", (program as string).replace(":", "/"));
    const { stdout } = await runCommand("tar", ["--list", "--gzip", "--file", blob]);
    expect(stdout).toContain("app/main.js\n");
    expect(stdout).not.toMatch(/\.node$/m);
  });

  it("has a Node for arm64", async () => {
    const manifest = await made.crane("manifest", "--platform=linux/arm64", referenceOf("dumbwaiter-api"));
    const { layers } = JSON.parse(manifest.stdout) as { layers: { digest: string }[] };
    const blob = join(made.images, "blobs", layers.at(-2)?.digest.replace(":", "/") ?? "");
    const folder = await mkdtemp(join(made.again, "node-"));
    await runCommand("tar", ["--extract", "--gzip", "--file", blob, "--directory", folder]);
    const elf = await readFile(join(folder, "usr/local/bin/node"));
    expect([elf.subarray(1, 4).toString(), elf.readUInt16LE(18)]).toEqual(["ELF", AARCH64]);
  });

  it("says what is in an image, and what it was made from", async () => {
    const { predicate, subject } = await attested(referenceOf("dumbwaiter-api"), "cyclonedx");
    expect(subject[0].digest).toEqual({
      sha256: made.release.images["dumbwaiter-api"]?.replace("sha256:", ""),
    });
    const names = predicate.components.map((component: { name: string }) => component.name);
    expect(names).toEqual(expect.arrayContaining(["express", "ioredis", "node"]));
    expect(predicate).toEqual(JSON.parse(await text("dumbwaiter-api.cdx.json")));

    const provenance = await attested(referenceOf("dumbwaiter-api"), "slsaprovenance1");
    const { externalParameters, resolvedDependencies } = provenance.predicate.buildDefinition;
    expect(externalParameters.source.uri).toBe(`git+${SOURCE}`);
    expect(externalParameters.source.digest.gitCommit).toMatch(/^[0-9a-f]{40}/);
    const bases = resolvedDependencies.filter(({ uri = "" }) => uri.startsWith("docker://"));
    expect(bases.map(({ digest }: { digest: { sha256: string } }) => digest.sha256)).toEqual([
      ...[expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
    const { subject: subjects } = JSON.parse(await text("provenance.intoto.json"));
    expect(subjects).toHaveLength(IMAGES.length + 1);
  });

  it("names the operator's image by digest, in the chart and in install.yaml", async () => {
    const chart = join(made.folder, `dumbwaiter-operator-${VERSION}.tgz`);
    const { stdout } = await runCommand(await helmPath(), ["template", "x", chart]);
    for (const manifest of [stdout, await text("install.yaml")]) {
      const objects = parseAllDocuments(manifest).map((document) => document.toJS());
      const [deployment] = objects.filter((object) => object?.kind === "Deployment");
      expect(deployment.spec.template.spec.containers[0].image).toBe(`${made.registry}/${operatorImage()}`);
    }
  });

  it("has an install.yaml in which checkov finds the known exceptions and nothing else", async () => {
    const found = await checkovFindings([join(made.folder, "install.yaml")]);
    expect(found).toEqual(Object.keys(OF_A_RELEASED_CHART).sort());
  });

  it("packs the plugin for krew, with its digest", async () => {
    const { spec } = parse(await text("dumbwaiter.yaml"));
    expect(spec.version).toBe(`v${VERSION}`);
    const [{ uri, sha256, bin }] = spec.platforms;
    const archive = uri.split("/").at(-1);
    expect([spec.homepage, uri]).toEqual([SOURCE, `${SOURCE}/releases/download/v${VERSION}/${archive}`]);
    expect(await text("SHA256SUMS")).toContain(`${sha256}  ${archive}\n`);
    const { stdout } = await runCommand("tar", ["--list", "--gzip", "--file", join(made.folder, archive)]);
    expect(stdout.trim().split("\n").sort()).toEqual(["LICENSE", bin, "third-party-notices.txt"]);
  });

  it("has a manifest by which krew installs the plugin, and no other file under its name", async () => {
    const krew = await startKrew(made.folder, `${SOURCE}/releases/download/v${VERSION}`);
    try {
      const another = join(made.folder, `dumbwaiter-${VERSION}.tar.gz`);
      await expect(krew.install(`--archive=${another}`)).rejects.toThrow(/checksum does not match/);
      await krew.install();
      const { stdout } = await krew.run("kubectl-dumbwaiter", "--version");
      expect(stdout.trim()).toBe(VERSION);
    } finally {
      await krew.stop();
    }
  });
});

describe("an installation from a release alone", () => {
  const unpacked = new Map<string, UnpackedImage>();
  const imageOf = (program: string) => unpacked.get(program) as UnpackedImage;

  const life = livesOn({
    async prepare() {
      for (const name of ["operator", ...COMPONENTS]) {
        unpacked.set(name, await unpackReference(referenceOf(`dumbwaiter-${name}`)));
      }
    },
    chart: () => [`oci://${made.registry}/charts/dumbwaiter-operator`, "--version", VERSION, "--plain-http"],
    imageOfOperator: () => `${made.registry}/${operatorImage()}`,
    async operator(cluster: OwnedCluster, kubeconfigPath: string) {
      const { root, launch } = imageOf("operator");
      const env = await layServiceAccount(root, cluster, CONNECTED.namespace, kubeconfigPath);
      return { launch: { ...launch, env: { ...launch.env, ...env } } };
    },
    launcher: (program) => imageOf(program).launch,
    async cleanUp() {
      for (const image of unpacked.values()) await image.remove();
    },
  });

  it("has the release's images by digest once they are pinned, as its kubectl plugin has said", async () => {
    const { cluster, untilSettled } = life();
    const { namespace } = CONNECTED;
    const bin = await mkdtemp(join(tmpdir(), "plugin-"));
    try {
      await cp(join(made.folder, "kubectl-dumbwaiter"), join(bin, "kubectl-dumbwaiter"));
      const env = { PATH: [bin, dirname(process.execPath), cluster.env.PATH].join(delimiter), NO_COLOR: "1" };
      const run = (...args: readonly string[]) =>
        cluster.kubectl([...args, "--namespace", namespace], { env });
      expect((await run("dumbwaiter", "status", "shop")).stdout).toContain("shop");
      const patch = ["--type", "merge", "--patch-file", join(made.folder, "images.yaml")];
      const { stdout: pinned } = await run(
        "patch",
        "rsvc",
        "shop",
        ...patch,
        "--dry-run=server",
        "-o",
        "yaml",
      );
      const proposed = join(bin, "shop.yaml");
      await writeFile(proposed, pinned);
      const { stdout: plan } = await run("dumbwaiter", "plan", "-f", proposed);
      await run("patch", "rsvc", "shop", ...patch);
      await untilSettled();
      for (const component of COMPONENTS) {
        const image = `${made.registry}/dumbwaiter-${component}:${VERSION}@${made.release.images[`dumbwaiter-${component}`]}`;
        const { stdout } = await run("get", "deployment", `shop-${component}`, "-o", "json");
        expect(JSON.parse(stdout).spec.template.spec.containers[0].image).toBe(image);
        expect(plan).toContain(image);
      }
    } finally {
      await rm(bin, { recursive: true });
    }
  });

  it("takes install.yaml in place of the chart, without a warning", async () => {
    const { cluster } = life();
    const file = join(made.folder, "install.yaml");
    const args = ["apply", "--server-side", "--force-conflicts", "--warnings-as-errors", "-f", file];
    const { stdout } = await cluster.kubectl(args);
    expect(stdout).toContain("deployment.apps/dumbwaiter-operator serverside-applied");
    await cluster.untilAvailable("dumbwaiter-system");
    const [deployment] = await cluster.objects<Operator>("deployments", "dumbwaiter-system");
    expect(deployment?.spec.template.spec.containers[0].image).toBe(`${made.registry}/${operatorImage()}`);
  });
});
