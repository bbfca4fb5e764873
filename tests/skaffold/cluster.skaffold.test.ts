import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OwnedCluster, runCommand, startCluster } from "@dumbwaiter/dev-env/cluster";
import { startRegistry } from "@dumbwaiter/dev-env/images/registry";
import type { Server } from "@dumbwaiter/dev-env/servers";
import { configWithBuildah } from "@dumbwaiter/dev-env/skaffold/config-with-buildah";
import { ENVIRONMENT, skaffold } from "@dumbwaiter/dev-env/skaffold/skaffold";
import { skaffoldPath } from "@dumbwaiter/dev-env/skaffold/skaffold-path";
import { until } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const NAMESPACE = "dumbwaiter-dev";
const TIMEOUT_MS = 1_500_000;

let folder: string;
let cluster: OwnedCluster;
let registry: Server;
let config: string;
let options: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-skaffold-"));
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await runCommand("git", list, { cwd: ROOT });
  for (const file of stdout.split("\0").filter(Boolean)) await cp(join(ROOT, file), join(folder, file));
  registry = await startRegistry();
  cluster = await startCluster();
  config = await configWithBuildah(registry.url);
  options = ["-f", "-", "--default-repo", registry.url];
});
afterAll(async () => {
  await cluster?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function imageOf(deployment: string): Promise<string> {
  const { stdout } = await cluster.kubectl([
    ...["get", "deployment", deployment, "-n", NAMESPACE],
    ...["-o", "jsonpath={.spec.template.spec.containers[0].image}"],
  ]);
  return stdout;
}

async function deployments(): Promise<string> {
  const { stdout } = await cluster.kubectl(["get", "deployments", "-n", NAMESPACE, "-o", "name"]);
  return stdout;
}

const pushed = (name: string) => new RegExp(`^${registry.url}/${name}:\\S+@sha256:\\w+$`);

describe("skaffold run", () => {
  const run = (command: string, ...args: string[]) =>
    skaffold([command, ...options, ...args], {
      cwd: folder,
      env: cluster.env,
      stdin: config,
      timeoutMs: TIMEOUT_MS,
    });

  it("builds the released images, and waits until they are available", async () => {
    const { stdout } = await run("run");
    expect(stdout).toContain("Deployments stabilized");
    await cluster.untilAvailable(NAMESPACE);
    for (const service of ["dumbwaiter-api", "dumbwaiter-processor", "dumbwaiter-realtime"]) {
      expect(await imageOf(service)).toMatch(pushed(service));
    }
    expect(await imageOf("dumbwaiter-redis")).toBe("redis:8.2-alpine");
  });

  // Simulated nodes complete each Job; the image tests show that the program works. They have no logs, for which skaffold
  // waits some minutes.
  it("verifies the installation by a Job, and leaves nothing behind", async () => {
    const builds = join(folder, "builds.json");
    await run("build", "-b", "dumbwaiter-verify", "--file-output", builds);
    const wait = ["wait", "--for=create", "job/story", "-n", NAMESPACE, "-o", "json", "--timeout=120s"];
    const [made] = await Promise.all([cluster.kubectl(wait), run("verify", "-a", builds)]);
    const [container] = JSON.parse(made.stdout).spec.template.spec.containers;
    expect(container.image).toMatch(pushed("dumbwaiter-verify"));
    expect(container.env.map(({ name }: { name: string }) => name)).toEqual([
      "API_URL",
      "REALTIME_URL",
      "ISSUER_URL",
    ]);
    await until(
      () => cluster.kubectl(["get", "jobs", "-n", NAMESPACE, "-o", "name"]),
      ({ stdout }) => !stdout.includes("story"),
      60_000,
    );
  });

  it("is undone by `skaffold delete`", async () => {
    await run("delete");
    expect(await deployments()).toBe("");
  });
});

describe("skaffold dev", () => {
  it("runs the source until all is available, again after an edit, and cleans up", async () => {
    const args = ["dev", ...options, "--port-forward=off"];
    const child = spawn(await skaffoldPath(), args, {
      cwd: folder,
      env: { ...process.env, ...ENVIRONMENT, ...cluster.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        output += data;
        process.stderr.write(data);
      });
    }
    const ended = once(child, "exit");
    child.stdin.end(config);
    const times = (text: string) => output.split(text).length - 1;
    const watching = async (rounds: number) => {
      await until(
        () => times("Watching for changes..."),
        (count) => count >= rounds || child.exitCode !== null,
        TIMEOUT_MS,
      );
      expect(times("Watching for changes...")).toBe(rounds);
    };

    await watching(1);
    expect(times("Deployments stabilized")).toBe(1);
    await cluster.untilAvailable(NAMESPACE);
    const [first, issuer] = await Promise.all(["dumbwaiter-api", "dumbwaiter-issuer"].map(imageOf));
    expect(first).toMatch(pushed("dumbwaiter-api"));

    // No rule syncs it, so the services are built again.
    await appendFile(join(folder, "scripts/verify.ts"), "\n// saved\n");
    await watching(2);
    expect(await imageOf("dumbwaiter-api")).not.toBe(first);
    expect(await imageOf("dumbwaiter-issuer")).toBe(issuer);

    child.kill("SIGINT");
    await ended;
    expect(await deployments()).toBe("");
  });
});
