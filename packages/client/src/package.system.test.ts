import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { build, stop } from "esbuild";
import { type PackedProject, packedProject } from "../testing/packed-project.ts";
import { newUser } from "../testing/users.ts";

const MAX_GZIPPED_BYTES = 15 * 1024;
const ROOT = join(import.meta.dirname, "../../..");

describe("the package", () => {
  let embedded: EmbeddedProcess;
  let project: PackedProject;
  beforeAll(async () => {
    [embedded, project] = await Promise.all([startEmbedded(), packedProject()]);
  });
  afterAll(() => Promise.all([embedded?.stop(), project?.remove()]));

  it("holds JavaScript, types, README and licence, and neither source nor tests", () => {
    const others = project.files.filter((path) => !/^dist\/[\w/-]+(\.js|\.d\.ts)$/.test(path));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(project.files.filter((path) => path.includes("test"))).toEqual([]);
    const readLicense = (folder: string) => readFileSync(join(folder, "LICENSE"), "utf8");
    expect(readLicense(join(import.meta.dirname, ".."))).toBe(readLicense(ROOT));
  });

  it("works in a project in JavaScript, and lets the process end by itself", async () => {
    const [alice, bob] = [newUser(embedded), newUser(embedded)];
    const [aliceToken, bobToken] = await Promise.all([alice.token(), bob.token()]);
    const program = await project.write(
      "program.mjs",
      `import { connect, createHttpClient, newAccessKey } from "@dumbwaiter/client";
      import { fileStore } from "@dumbwaiter/client/file-store";
      const [url, alice, bob, recipientId] = process.argv.slice(2);
      const client = connect({ url, token: () => bob, store: fileStore("store") });
      const { send } = createHttpClient({ url, token: () => alice });
      const { id } = await send({ recipientId, encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" });
      for await (const message of client.messages()) {
        await message.ack();
        console.log(JSON.stringify([message.id === id, message.envelope]));
        break;
      }
      const accessKey = newAccessKey();
      await client.accessKey.set(accessKey);
      const sealed = await send({ recipientId, encryptedData: "AEBD", encryptedSymmetricKey: "CDEF" }, { accessKey });
      while (!(await client.pull()).messages.some(({ id }) => id === sealed.id)) {}
      console.log('"sealed"');
      await client.close();
      console.log(JSON.stringify(await client.pull().catch(({ code }) => code)));`,
    );
    const output = await project.run("node", program, embedded.api, aliceToken, bobToken, bob.urn);
    expect(
      output
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      [true, { recipientId: bob.urn, encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" }],
      "sealed",
      "closed",
    ]);
    expect((await bob.http().pull()).messages).toHaveLength(1);
  });

  it("has types that a strict project compiles with, in Node and for browsers", async () => {
    await project.write(
      "program.ts",
      `import { type Client, connect, DumbwaiterError, indexedDbStore, type Message, type Store } from "@dumbwaiter/client";
      import { fileStore } from "@dumbwaiter/client/file-store";
      const stores: Store[] = [fileStore("store"), indexedDbStore("store")];
      export const client: Client = connect({ url: "", token: async () => "", store: stores[0]! });
      export const ids: string[] = [];
      for await (const message of client.messages()) {
        const { id, envelope }: Message = message;
        ids.push(id, envelope.encryptedData);
        await message.ack();
      }
      client.on("error", (error: DumbwaiterError) => error.code === "device_removed");
      client.on("state", ({ state }) => state === "live");
      // @ts-expect-error: there is no such state
      client.on("state", ({ state }) => state === "online");
      // @ts-expect-error: an envelope needs a recipient
      await client.send({ encryptedData: "", encryptedSymmetricKey: "" });`,
    );
    const options = { strict: true, noEmit: true, target: "es2022", lib: ["es2022", "dom"], types: [] };
    for (const [module, moduleResolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ]) {
      const compilerOptions = { ...options, module, moduleResolution };
      await project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["program.ts"] }));
      await project.run(join(ROOT, "node_modules/.bin/tsc"), "-p", ".");
    }
  });

  it("is small without socket.io-client, which is all that it needs in a browser", async () => {
    try {
      const { outputFiles, metafile } = await build({
        stdin: { contents: 'export * from "@dumbwaiter/client"', resolveDir: project.folder },
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        external: ["socket.io-client"],
        write: false,
        metafile: true,
      });
      const [output] = Object.values(metafile.outputs);
      expect(output?.imports.map(({ path }) => path)).toEqual(["socket.io-client"]);
      expect(gzipSync(outputFiles[0]?.contents ?? "").length).toBeLessThan(MAX_GZIPPED_BYTES);
    } finally {
      await stop(); // esbuild's own process would outlive the test
    }
  });
});
