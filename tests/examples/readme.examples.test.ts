import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { CACHE, ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { blocksOf } from "./blocks-of.ts";
import { ExampleProcess } from "./example-process.ts";

/** A shell in which a reader runs one block after the other. */
class Shell {
  readonly #shell = spawn("bash", { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  #output = "";

  constructor() {
    this.#shell.stdout.on("data", (data) => {
      this.#output += data;
    });
  }

  /** @returns the lines that it printed */
  async run(block: string): Promise<string[]> {
    this.#output = "";
    this.#shell.stdin.write(`${block}\necho END\n`);
    await eventually(() => expect(this.#output).toContain("END\n"));
    return this.#output.trim().split("\n").slice(0, -1);
  }

  stop(): void {
    this.#shell.kill();
  }
}

const ENVELOPE = {
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
  signature: "CEFG",
};
const EMPTY = '{"messages":[],"hasMore":false}';

describe("as printed, on an embedded process", () => {
  let embedded: EmbeddedProcess;
  let shell: Shell;
  let bob: WireUser;
  /** In the clone, as the README says, so that the packages are found. */
  let folder: string;
  const programs: ExampleProcess[] = [];

  beforeAll(async () => {
    embedded = await startEmbedded();
    bob = new WireUser("bob", embedded);
    shell = new Shell();
    mkdirSync(CACHE, { recursive: true });
    folder = mkdtempSync(join(CACHE, "readme-"));
  });
  afterAll(async () => {
    for (const program of programs) await program.kill();
    shell?.stop();
    await embedded?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const shellBlocks = () =>
    blocksOf("README.md", "sh", embedded.api).filter((block) => block.includes("curl"));
  async function aliceSends(): Promise<string> {
    const [answer = ""] = await shell.run(shellBlocks()[0] as string);
    const [, id = "", status] = /^\{"id":"([\w-]+)"\}(\d+)$/.exec(answer) ?? [];
    expect({ answer, status }).toEqual({ answer, status: "202" });
    return id;
  }
  function run(block: string | undefined): ExampleProcess {
    writeFileSync(join(folder, "bob.mjs"), block as string);
    const program = new ExampleProcess({ command: process.execPath, args: ["bob.mjs"], cwd: folder });
    programs.push(program);
    return program;
  }
  /** Sends while the program runs; it must print the message, and leave an empty queue. */
  async function receives(program: ExampleProcess): Promise<void> {
    for (const id of [await aliceSends(), await aliceSends()]) {
      const { index } = await program.line(`received ${id}`);
      const printed = program.texts().slice(index).join("");
      for (const value of Object.values(ENVELOPE)) expect(printed).toContain(`'${value}'`);
    }
    await eventually(async () => expect((await bob.pull()).messages).toEqual([]));
    await program.kill();
  }

  it("the README's curl sends, pulls, and acknowledges", async () => {
    expect(shellBlocks()).toHaveLength(2);
    const id = await aliceSends();
    await eventually(async () => expect((await bob.pull()).messages).toHaveLength(1));
    const [pulled = "", status, empty, ...rest] = await shell.run(shellBlocks()[1] as string);
    expect(JSON.parse(pulled)).toEqual({ messages: [{ id, envelope: ENVELOPE }], hasMore: false });
    expect([status, empty, rest]).toEqual(["204", EMPTY, []]);
  });

  it("the curl of access keys sends without a token, until the key is replaced", async () => {
    const accessKeyBlocks = () =>
      blocksOf("docs/devices.md", "sh", embedded.api).filter((block) => block.includes("curl"));
    expect(accessKeyBlocks()).toHaveLength(2);
    const [set, sent = "", pulled, ...more] = await shell.run(accessKeyBlocks()[0] as string);
    const [, id = "", status] = /^\{"id":"([\w-]+)"\}(\d+)$/.exec(sent) ?? [];
    expect([set, status, more]).toEqual(["204", "202", []]);
    // The pull came at once: the message is in its answer, or is stored a moment later.
    const carol = new WireUser("carol", embedded);
    await eventually(async () => expect((await carol.pull()).messages).toMatchObject([{ id }]));
    expect(pulled).toMatch(/^\{"messages":\[/);

    const [replaced, refused = ""] = await shell.run(accessKeyBlocks()[1] as string);
    expect(replaced).toBe("204");
    expect(JSON.parse(refused)).toMatchObject({ code: "access_key_refused" });
  });

  it("the README's program receives live, and what was queued", async () => {
    const queued = await aliceSends();
    const program = run(blocksOf("README.md", "js", embedded.api)[0]);
    await program.line(`received ${queued}`);
    await receives(program);
  });

  it("the stock client of the Socket.IO API receives live, and what was queued", async () => {
    const queued = await aliceSends();
    const blocks = blocksOf("docs/socket-api.md", "js", embedded.api);
    const program = run(blocks.find((block) => block.startsWith('import { io } from "socket.io-client"')));
    await program.line(`received ${queued}`);
    await program.line("nothing queued; waiting");
    await receives(program);
  });
});
