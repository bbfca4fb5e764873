import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { BREAKING_A_POD } from "../../testing/broken-templates.ts";
import { EVERY_TEMPLATE_FIELD } from "../../testing/every-template-field.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { type StructuralSchema, structuralSchema } from "../crd/structural-schema.ts";
import { InvalidSpecError, parseProps } from "./parse-props.ts";
import { componentTemplate } from "./template-spec.ts";

function problemsOf(spec: object): readonly string[] {
  try {
    parseProps("dumbwaiter", "messages", { ...MINIMAL, ...spec });
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.problems;
    throw error;
  }
  return [];
}

/** The paths of a schema's fields, without those of items. */
function* pathsIn({ properties = {}, items }: StructuralSchema, path = ""): Generator<string> {
  if (items) yield* pathsIn(items, path);
  for (const [name, schema] of Object.entries(properties)) {
    yield `${path}.${name}`;
    yield* pathsIn(schema, `${path}.${name}`);
  }
}

function* pathsOf(value: unknown, path = ""): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* pathsOf(item, path);
  else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      yield `${path}.${name}`;
      yield* pathsOf(each, `${path}.${name}`);
    }
  }
}

describe("a template", () => {
  it.each(BREAKING_A_POD)("is refused if it is %j", (template, problem) => {
    expect(problemsOf({ template })).toEqual([problem]);
  });

  it("is refused with the name of each variable that is ours, and with all other problems", () => {
    const env = ["REDIS_URL", "NODE_OPTIONS", "HTTPS_PROXY"].map((name) => ({ name, value: "a" }));
    const template = { container: { env }, pod: { securityContext: { runAsUser: 0 } } };
    const why = "is a variable that Dumbwaiter sets; use its field of the spec";
    expect(problemsOf({ template, api: { template } })).toEqual(
      ["spec.api.template", "spec.template"].flatMap((path) => [
        expect.stringMatching(`^${path}.pod.securityContext.runAsUser: `),
        `${path}.container.env.0.name: REDIS_URL ${why}`,
        `${path}.container.env.1.name: NODE_OPTIONS ${why}`,
      ]),
    );
  });

  it("is accepted as the documentation writes it", () => {
    const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
    const [, example = ""] = page.match(/^## Templates$.*?^```yaml\n(.*?)^```/ms) ?? [];
    const { spec } = parse(example.replace("sha256:…", `sha256:${"0".repeat(64)}`));
    expect(spec.template.pod.initContainers).toHaveLength(1);
    expect(problemsOf(spec)).toEqual([]);
  });

  it("has no field that the tests do not set", () => {
    const set = new Set(pathsOf(EVERY_TEMPLATE_FIELD));
    const fields = [...pathsIn(structuralSchema(componentTemplate))];
    // Either of them, and what only a profile on the node needs.
    const others = [".podDisruptionBudget.minAvailable"];
    const missing = fields.filter((field) => !set.has(field) && !field.endsWith(".localhostProfile"));
    expect(missing).toEqual(others);
    expect(fields.length).toBeGreaterThan(150);
  });
});
