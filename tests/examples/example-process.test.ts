import { expect, it } from "@jest/globals";
import { ExampleProcess } from "./example-process.ts";

it("an example that cannot be started says why", async () => {
  const example = new ExampleProcess({ command: "no-such-program", args: [], cwd: import.meta.dirname });
  await expect(example.line("live")).rejects.toThrow("ENOENT");
  await expect(example.end()).rejects.toThrow("ENOENT");
  await example.kill();
});
