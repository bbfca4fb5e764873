import { UnavailableError } from "@dumbwaiter/core";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "@jest/globals";
import { DependencyCalls } from "../dependency-calls.ts";
import { PartialWrites, PartlyWrittenError } from "./partial-writes.ts";

/** The answer to each attempt, by write; what is not in it has succeeded. */
type Answers = readonly Readonly<Record<string, status>>[];

async function make(writes: readonly string[], answers: Answers) {
  const made: string[][] = [];
  const partial = new PartialWrites(writes);
  const error = await new DependencyCalls("firestore", {})
    .run({
      ...{ method: "batchWrite", resource: "a-database", items: () => 0 },
      async attempt() {
        const codes = answers[made.length] ?? {};
        made.push([...partial.left]);
        partial.answered(partial.left.map((write) => ({ code: codes[write] ?? status.OK })));
      },
    })
    .catch((thrown) => thrown);
  return { made, error };
}

describe("independent writes", () => {
  it.each([
    { first: "bad", second: "busy" },
    { first: "busy", second: "bad" },
  ])("are made again if they failed for the moment, whatever else failed: $first first", async (names) => {
    const { made, error } = await make(
      [names.first, names.second, "good"],
      [{ bad: status.INVALID_ARGUMENT, busy: status.RESOURCE_EXHAUSTED }, { busy: status.ABORTED }],
    );
    expect(made).toEqual([[names.first, names.second, "good"], ["busy"], ["busy"]]);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.cause).toBeInstanceOf(PartlyWrittenError);
    expect(error.cause).toMatchObject({ code: status.INVALID_ARGUMENT, failed: ["bad"] });
  });

  it("succeed once all have", async () => {
    expect(await make(["a", "b"], [{ b: status.ABORTED }])).toEqual({
      made: [["a", "b"], ["b"]],
      error: undefined,
    });
  });
});
