import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { type BuiltImage, buildImage } from "@dumbwaiter/dev-env/images/build-image";
import { cpuSecondsToStart } from "@dumbwaiter/dev-env/images/cpu-seconds-to-start";
import { type UnpackedImage, unpackImage } from "@dumbwaiter/dev-env/images/from-image";
import { freePort, LOOPBACK, sharedServers } from "@dumbwaiter/dev-env/servers";
import { type ServiceProcess, startService } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { VERSION } from "@dumbwaiter/infra";
import { until } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

/** The development issuer refuses to run in production. */
const DEVELOPMENT = { NODE_ENV: "development" };

const images = new Map<string, BuiltImage>();
const unpacked = new Map<string, UnpackedImage>();
let stack: Stack;

const unpackedOf = (program: string) => unpacked.get(program) as UnpackedImage;

beforeAll(async () => {
  for (const { name } of IMAGE_PROGRAMS) {
    const image = await buildImage(name);
    images.set(name, image);
    unpacked.set(name, await unpackImage(image));
  }
  stack = await startStack({
    ...(await sharedServers()),
    launcher(program) {
      const { launch } = unpackedOf(program);
      return program === "issuer" ? { ...launch, env: { ...launch.env, ...DEVELOPMENT } } : launch;
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  for (const image of unpacked.values()) await image.remove();
});

describe.each(IMAGE_PROGRAMS.map(({ name }) => name))("the image of %s", (name) => {
  it("is below 250 MB, and labelled", () => {
    expect(images.get(name)?.megabytes).toBeLessThan(250);
    expect(unpackedOf(name).config).toMatchObject({
      User: "65532:65532",
      WorkingDir: "/app",
      Entrypoint: ["node", "--enable-source-maps", "main.js"],
      Labels: {
        "org.opencontainers.image.title": `dumbwaiter-${name}`,
        "org.opencontainers.image.version": VERSION,
      },
    });
  });

  it("contains a bill of materials, and notices", async () => {
    const read = (file: string) => readFile(join(unpackedOf(name).root, "app", file), "utf8");
    const { metadata, components } = JSON.parse(await read("sbom.cdx.json"));
    expect(metadata.component).toMatchObject({ name: `dumbwaiter-${name}`, version: VERSION });
    const notices = await read("third-party-notices.txt");
    for (const { name, version } of components) expect(notices).toContain(`${name} ${version} (`);
  });

  it("contains its compile cache, because the root is read-only", async () => {
    const { command, args, env } = unpackedOf(name).launch;
    const { stdout, stderr } = await runCommand(command, [...args(""), "--help"], {
      env: { ...env, NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
    });
    expect(stdout).not.toBe("");
    expect(stderr).toMatch(/cache for ESM file:\/\/\/app\/main\.js was accepted/);
  });
});

describe("the images", () => {
  it("deliver messages, as the verify image reports", async () => {
    const [api, realtime] = [stack.api[0] as ServiceProcess, stack.realtime[0] as ServiceProcess];
    const { command, args, env } = unpackedOf("verify").launch;
    const urls = { API_URL: api.url, REALTIME_URL: realtime.url, ISSUER_URL: stack.issuer.url };
    const { stdout } = await runCommand(command, args(""), { env: { ...env, ...urls } });
    expect(stdout).toMatch(/ack → {"ok":true}\n.*"messages":\[\]/);
  });

  it("fail in the verify image if they do not", async () => {
    const { command, args, env } = unpackedOf("verify").launch;
    const nowhere = `http://${LOOPBACK}:${await freePort()}`;
    const urls = { API_URL: nowhere, REALTIME_URL: nowhere, ISSUER_URL: nowhere };
    await expect(runCommand(command, args(""), { env: { ...env, ...urls } })).rejects.toThrow("fetch failed");
  });

  it("start within a CPU second", async () => {
    for (const name of ["api", "processor", "realtime"] as const) {
      const run = { launcher: () => unpackedOf(name).launch };
      expect(await cpuSecondsToStart(() => startService(name, 9, stack.env, run), 1)).toBeLessThan(1);
    }
  });
});

describe("the image for development", () => {
  it("runs the source, and restarts when a file is saved", async () => {
    const image = await unpackImage(await buildImage("api", "dev"));
    try {
      await runCommand("chroot", [image.root, "tar", "--version"]);
      const api = await startService("api", 8, stack.env, { launcher: () => image.launch });
      await appendFile(join(image.root, "app/services/api/src/wiring.ts"), "\n// saved\n");
      await until(
        () => api.log(),
        (log) => /Restarting.*"msg":"ready"/s.test(log),
        60_000,
      );
      expect((await fetch(`${api.adminUrl}/readyz`)).status).toBe(200);
      await api.stop();
    } finally {
      await image.remove();
    }
  });
});
