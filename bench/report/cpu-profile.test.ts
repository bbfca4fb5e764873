import { describe, expect, it } from "@jest/globals";
import { type CpuProfile, timeDueTo } from "./cpu-profile.ts";

const OWN = "file:///tree/services/api/src/send.ts";
const SPANS = "file:///tree/packages/service/src/telemetry/tracing.ts";
const EXPORTER = "file:///tree/node_modules/@opentelemetry/exporter/build/index.js";
const HTTP = "node:http";

/** Of stacks, outermost function first, that took so many microseconds. */
function profileOf(stacks: readonly (readonly [readonly string[], number])[]): CpuProfile {
  const nodes: { id: number; callFrame: { functionName: string; url: string }; children: number[] }[] = [];
  const node = (functionName: string, url: string) => {
    const added = { id: nodes.length + 1, callFrame: { functionName, url }, children: [] };
    nodes.push(added);
    return added;
  };
  const root = node("(root)", "");
  const leaves = stacks.map(([urls]) =>
    urls.reduce((parent, url) => {
      const child = url.startsWith("(") ? node(url, "") : node("f", url);
      nodes[parent - 1]?.children.push(child.id);
      return child.id;
    }, root.id),
  );
  return { nodes, samples: leaves, timeDeltas: stacks.map(([, time]) => time) };
}

describe("timeDueTo", () => {
  const due = (...stacks: [string[], number][]) =>
    timeDueTo(profileOf(stacks), (url) => [SPANS, EXPORTER].includes(url));

  it("counts a file's functions and what these call", () => {
    expect(due([[OWN], 5], [[OWN, SPANS], 2], [[OWN, SPANS, HTTP], 1])).toEqual({ due: 3, total: 8 });
  });

  it("counts what a package does by itself", () => {
    expect(due([["node:timers", EXPORTER, HTTP], 4])).toEqual({ due: 4, total: 4 });
  });

  it("leaves to other files of the project what they do when they are called", () => {
    expect(due([[SPANS, OWN, HTTP], 3])).toEqual({ due: 0, total: 3 });
  });

  it("leaves out samples that are in no function", () => {
    expect(due([["(idle)"], 9], [["(program)"], 9], [[SPANS, "(garbage collector)"], 9])).toEqual({
      due: 0,
      total: 0,
    });
  });
});
