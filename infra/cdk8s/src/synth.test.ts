import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { dev } from "../environments/dev.ts";
import type { Environment } from "../environments/environment.ts";
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

  describe("after version 0.1.0", () => {
    const withGoogle = (changes: object, redis = {}): Environment => ({
      ...gkeStaging,
      spec: {
        ...gkeStaging.spec,
        google: { ...gkeStaging.spec.google, ...changes },
        redis: { ...gkeStaging.spec.redis, ...redis },
      },
    });
    const { deadLetterSubscription: _, ...fourIds } = NAMES_OF_010;
    const lines = Object.entries(NAMES_OF_010).map(([key, id]) => `  spec.google.pubsub.${key}: "${id}"`);

    it.each([
      ["no names", withGoogle({})],
      [
        "only those of queues",
        withGoogle({
          firestoreCollectionPrefix: "",
          pubsub: {
            ingressTopic: NAMES_OF_010.ingressTopic,
            ingressSubscription: NAMES_OF_010.ingressSubscription,
          },
        }),
      ],
      [
        "all but one subscription",
        withGoogle({ firestoreCollectionPrefix: "", pubsub: fourIds }, { keyPrefix: "" }),
      ],
    ])("asks for all IDs of an environment that gives %s", async (_, environment) => {
      const old = withGoogle({ pubsub: NAMES_OF_010 });
      synth(old, dist);
      const file = join(dist, gkeStaging.id, "3-processor.yaml");
      const before = await readFile(file, "utf8");
      expect(linesOf(() => synth(environment, dist))).toEqual(lines);
      expect(await readFile(file, "utf8")).toBe(before);
      expect(synth(old, dist)).toEqual([]);
      await rm(join(dist, gkeStaging.id), { recursive: true });
      expect(synth(environment, dist)).toHaveLength(filesOf(environment).size);
    });
  });

  it("keeps names that derive from another name or namespace, and lets those change that the API server does", () => {
    const { spec } = gkeStaging;
    synth(gkeStaging, dist);
    const own = "dumbwaiter-staging.dumbwaiter";
    expect(linesOf(() => synth({ ...gkeStaging, name: "other" }, dist))).toEqual([
      `  spec.google.firestoreCollectionPrefix: "${own}."`,
      `  spec.google.pubsub.ingressTopic: "dumbwaiter-ingress.${own}"`,
      `  spec.google.pubsub.ingressSubscription: "dumbwaiter-processor.${own}"`,
      `  spec.redis.keyPrefix: "${own}:"`,
      `  spec.google.pubsub.deadLetterTopic: "dumbwaiter-dead-letter.${own}"`,
      `  spec.google.pubsub.pushTopic: "dumbwaiter-push.${own}"`,
    ]);
    const google = { ...spec.google, pubsub: { pushTopic: "mine" } };
    expect(synth({ ...gkeStaging, spec: { ...spec, google } }, dist)).not.toEqual([]);
    expect(linesOf(() => synth(gkeStaging, dist))).toEqual(['  spec.google.pubsub.pushTopic: "mine"']);
  });
});

/** The lines about fields in the error of a function. */
function linesOf(refused: () => unknown): string[] {
  try {
    refused();
  } catch (error) {
    return String(error)
      .split("\n")
      .filter((line) => line.startsWith("  spec."));
  }
  throw new Error("nothing was refused");
}
