import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { dev } from "../environments/dev.ts";
import { gkeStaging } from "../environments/gke-staging.ts";
import { ENVIRONMENTS } from "../environments/index.ts";
import { INSTALLATIONS } from "../testing/installations.ts";
import { MINIMAL } from "../testing/variants.ts";
import { NAMES_OF_010 } from "../testing/version-010.ts";
import { chartsOf, filesOf } from "./render-environment.ts";
import { renderRoutingService } from "./render-routing-service.ts";
import { parseProps } from "./spec/parse-props.ts";
import { synth } from "./synth.ts";

const DIST = join(import.meta.dirname, "../dist");

/** Each chart once, with options that the environments do not use: theirs are compared with `dist`. */
const CHARTS = [
  ...chartsIn("prometheus-operator-and-impersonation"),
  ...chartsIn("gke-ingress", "route"),
  ...chartsIn("dev", "development"),
];

function chartsIn(installation: string, only?: string) {
  const charts = INSTALLATIONS.filter(({ name }) => name === installation).flatMap((found) => found.charts);
  return charts
    .filter(({ id }) => only === undefined || id === only)
    .map(({ id, objects }) => ({ title: `${id} of ${installation}`, objects }));
}

describe("a chart", () => {
  it.each(CHARTS)("$title matches its snapshot", ({ objects }) => {
    expect(objects).toMatchSnapshot();
  });

  it("is the same each time", () => {
    const props = parseProps("dumbwaiter", "messages", MINIMAL);
    expect(renderRoutingService(props)).toEqual(renderRoutingService(props));
  });
});

describe.each(ENVIRONMENTS)("dist/$id", (environment) => {
  it("is what `npm run synth` writes", async () => {
    const folder = join(DIST, environment.id);
    const names = await readdir(folder);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    expect(new Map(names.map((name, index) => [name, texts[index]]))).toEqual(
      new Map([...filesOf(environment)].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  });
});

describe.each(ENVIRONMENTS)("the files of $id", (environment) => {
  it("mean the same in YAML 1.1, which kubectl reads", () => {
    const texts = [...filesOf(environment)].filter(([name]) => name.endsWith(".yaml"));
    const read = texts.flatMap(([, text]) => parseAllDocuments(text, { version: "1.1" }));
    const objects = chartsOf(environment).flatMap((chart) => chart.objects);
    expect(read.map((document) => document.toJS())).toEqual(objects);
  });
});

describe("synth", () => {
  let dist: string;
  beforeEach(async () => {
    dist = await mkdtemp(join(tmpdir(), "synth-"));
  });
  afterEach(() => rm(dist, { recursive: true }));

  it("writes the files that changed, and no others", async () => {
    const written = synth(dev, dist);
    expect(written).toHaveLength(filesOf(dev).size);
    expect(synth(dev, dist)).toEqual([]);
    const [first = "", second = ""] = written;
    const longAgo = new Date(0);
    await Promise.all([first, second].map((path) => utimes(path, longAgo, longAgo)));
    await writeFile(first, "edited");
    expect(synth(dev, dist)).toEqual([first]);
    expect((await stat(second)).mtime).toEqual(longAgo);
  });

  it("removes files that are no longer generated", async () => {
    synth(dev, dist);
    const stale = join(dist, dev.id, "9-stale.yaml");
    await writeFile(stale, "");
    expect(synth(dev, dist)).toEqual([stale]);
    await expect(stat(stale)).rejects.toThrow("ENOENT");
  });

  it("refuses to leave messages behind in what other names have", async () => {
    const google = { ...gkeStaging.spec.google, pubsub: NAMES_OF_010 };
    synth({ ...gkeStaging, spec: { ...gkeStaging.spec, google } }, dist);
    const before = await readFile(join(dist, gkeStaging.id, "3-processor.yaml"), "utf8");
    const message = [
      "  spec.google.firestoreCollectionPrefix: ",
      '  spec.google.pubsub.ingressTopic: "dumbwaiter-ingress"',
      '  spec.google.pubsub.ingressSubscription: "dumbwaiter-processor"',
    ];
    for (const line of message) expect(() => synth(gkeStaging, dist)).toThrow(line);
    expect(await readFile(join(dist, gkeStaging.id, "3-processor.yaml"), "utf8")).toBe(before);
    await rm(join(dist, gkeStaging.id), { recursive: true });
    expect(synth(gkeStaging, dist)).toHaveLength(filesOf(gkeStaging).size);
  });
});
