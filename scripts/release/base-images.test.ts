import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { gzipped, tarOf } from "./archive.ts";
import { extractNode } from "./base-images.ts";
import { type Descriptor, MEDIA_TYPES, OciLayout } from "./oci-layout.ts";

let work: string;
let layout: OciLayout;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "base-images-"));
  layout = new OciLayout(join(work, "layout"));
  await mkdir(join(work, "root/usr/local/bin"), { recursive: true });
  await mkdir(join(work, "root/etc"));
  await writeFile(join(work, "root/usr/local/bin/node"), "Node");
});
afterAll(async () => {
  await rm(work, { recursive: true });
});

const layer = async (path: string) =>
  await layout.write(MEDIA_TYPES.layer, await gzipped(await tarOf(join(work, "root"), [path], 0)));

function imageOf(...layers: readonly Descriptor[]) {
  const config = { mediaType: MEDIA_TYPES.config, digest: "", size: 0 };
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers } as const;
  return { reference: "node:24", layout, manifest };
}

describe("extractNode", () => {
  it.each(["usr", "./usr"])("finds Node below other layers, in one of %s", async (path) => {
    const folder = await mkdtemp(join(work, "node-"));
    const found = await extractNode(imageOf(await layer(path), await layer("etc")), folder);
    expect(await readFile(join(folder, found), "utf8")).toBe("Node");
  });

  it("says that there is none", async () => {
    await expect(extractNode(imageOf(await layer("etc")), join(work, "none"))).rejects.toThrow(
      "node:24 has no /usr/local/bin/node",
    );
  });

  it("says what tar says of a layer that it cannot read", async () => {
    const broken = await layout.write(MEDIA_TYPES.layer, "no archive");
    await expect(extractNode(imageOf(broken), join(work, "broken"))).rejects.toThrow("not in gzip format");
  });
});
