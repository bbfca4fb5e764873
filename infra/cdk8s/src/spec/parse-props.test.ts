import { describe, expect, it } from "@jest/globals";
import { BREAKING_A_CHANGE, BREAKING_A_FIELD, BREAKING_A_RULE } from "../../testing/broken-specs.ts";
import { MINIMAL, VARIANTS } from "../../testing/variants.ts";
import { InvalidSpecError, parseProps } from "./parse-props.ts";
import { routingServiceSpecSchema } from "./routing-service-props.ts";
import { problemsOf as problemsOfChange, SPEC_RULES } from "./rules.ts";

function problemsOf(spec: object, name = "dumbwaiter"): readonly string[] {
  try {
    parseProps(name, "messages", { ...MINIMAL, ...spec });
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.problems;
    throw error;
  }
  return [];
}

describe("parseProps", () => {
  it.each(Object.entries(VARIANTS))("takes %s", (_, spec) => {
    expect(problemsOf(spec)).toEqual([]);
  });

  it("applies defaults object by object, as a CRD does", () => {
    const { spec } = parseProps("dumbwaiter", "messages", { ...MINIMAL, api: { replicas: { max: 5 } } });
    expect(spec.api.replicas).toEqual({ min: 2, max: 5 });
    expect(routingServiceSpecSchema.parse(spec)).toEqual(spec);
  });

  it.each(BREAKING_A_RULE)("refuses %j", (spec, problem) => {
    expect(problemsOf(spec)).toEqual([expect.stringMatching(problem)]);
  });

  it.each(BREAKING_A_FIELD)("refuses %j by its field", (spec, path) => {
    const [first] = problemsOf(spec);
    expect(first).toMatch(new RegExp(`^spec.${path}: `));
  });

  it("refuses an unknown field", () => {
    expect(problemsOf({ unknown: true })).toEqual([expect.stringMatching(/unknown/)]);
  });

  it.each([undefined, [], { ...MINIMAL, unknown: true }])(
    "reports what is wrong with %j as a whole",
    (spec) => {
      expect(() => parseProps("dumbwaiter", "messages", spec)).toThrow(/^ {2}- spec: [^\n]+$/m);
    },
  );

  it("reports every problem at once, including those of the name", () => {
    expect(problemsOf({ auth: {}, redis: { url: "http://h" } }, "A_name")).toHaveLength(5);
  });
});

describe("a spec with broken fields", () => {
  const twoPods = { replicas: { min: 2, max: 1 } };

  it("is also checked by the rules about other fields", () => {
    const spec = {
      auth: {},
      api: { ...twoPods, resources: { cpu: "half" } },
      route: { kind: "ingress", timeoutSeconds: 1 },
      unknown: true,
    };
    const problems = problemsOf(spec);
    expect(problems.filter((problem) => !problem.startsWith("spec"))).toEqual([
      "api.replicas.min must be less than or equal to api.replicas.max",
      "route.host is required for a gateway or an ingress",
    ]);
    expect(problems).toHaveLength(8);
  });

  it.each([
    [{ api: { replicas: { min: "two", max: 1 } } }],
    [{ redis: { url: "http://h" } }],
    [{ network: { redis: { cidrs: [], podLabels: 1 } } }],
    [{ route: { kind: "ingress", host: "NOT A HOST" } }],
    [{ google: { project: "a-project", projectNumber: "one" } }],
    [{ google: {} }],
    [{ limits: { maxEnvelopeBytes: "much" } }],
    [{ api: "none" }],
  ])("is not checked by a rule about a broken field: %j", (spec) => {
    expect(problemsOf(spec).filter((problem) => !problem.startsWith("spec."))).toEqual([]);
  });
});

describe("a rule", () => {
  it.each(BREAKING_A_CHANGE)("refuses to change to %j", (change, problem, before = {}) => {
    const previous = specOf(before);
    const spec = specOf(change);
    expect(problemsOfChange(spec, previous)).toEqual([expect.stringMatching(problem)]);
    expect(problemsOfChange(spec)).toEqual([]);
  });

  it("lets a change move to another database that names the current one", () => {
    const { google } = MINIMAL;
    const move = (previousFirestoreDatabase: string) =>
      specOf({ google: { ...google, firestoreDatabase: "restored", previousFirestoreDatabase } });
    expect(problemsOfChange(move("(default)"), specOf({}))).toEqual([]);
    expect(problemsOfChange(move("another"), specOf({}))).toHaveLength(1);
  });

  it("has a spec that breaks it", () => {
    const broken = new Set([
      ...BREAKING_A_RULE.flatMap(([spec]) => problemsOf(spec)),
      ...BREAKING_A_CHANGE.flatMap(([change, , before = {}]) =>
        problemsOfChange(specOf(change), specOf(before)),
      ),
    ]);
    expect([...broken].sort()).toEqual(SPEC_RULES.map(({ message }) => message).sort());
  });
});

function specOf(changes: object) {
  return parseProps("dumbwaiter", "messages", { ...MINIMAL, ...changes }).spec;
}
