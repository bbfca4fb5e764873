import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "../browser/start-browser.ts";
import { ExampleProcess } from "./example-process.ts";

const FOLDER = join(ROOT, "examples/browser");

let embedded: EmbeddedProcess;
let browser: Browser;
const servers: ExampleProcess[] = [];
/** The page's origin, which the server allows. */
let origin: string;

/** As `npm start` of the example does, on another port. @returns the page's origin */
async function servePage(): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    "page.js",
    "--bundle",
    "--format=esm",
    "--servedir=.",
    "--outdir=build",
    `--serve=${address}`,
  ];
  const command = join(ROOT, "node_modules/.bin/esbuild");
  servers.push(new ExampleProcess({ command, args, cwd: FOLDER }));
  await eventually(async () => expect((await fetch(`http://${address}/build/page.js`)).ok).toBe(true));
  return `http://${address}`;
}

beforeAll(async () => {
  origin = await servePage();
  [embedded, browser] = await Promise.all([startEmbedded({ ALLOWED_ORIGINS: origin }), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await embedded?.stop();
  for (const server of servers) await server.kill();
});

const newUser = (name: string) => new WireUser(uniqueName(name), embedded);
const letter = (from: string, text: string) => Buffer.from(JSON.stringify({ from, text })).toString("base64");
const lines = (page: Page) => page.locator("#messages li").allTextContents();

async function open(user: WireUser, at: string, page?: Page): Promise<Page> {
  const opened = page ?? (await browser.newPage());
  await opened.goto(`${at}/?url=${embedded.api}`);
  await opened.getByLabel("Who are you?").fill(user.name);
  await opened.getByRole("button", { name: "Connect" }).click();
  return opened;
}

it("the page of another origin receives what was queued, then live, sends, and doubles nothing at a reload", async () => {
  const [alice, bob] = [newUser("auth0|alice"), newUser("bob")];
  const send = (text: string) =>
    alice.send(bob, { ...newEnvelope(bob), encryptedData: letter(alice.name, text) });
  await send("while offline");
  const page = await open(bob, origin);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", ({ message }) => problems.push(message));
  await eventually(async () => expect(await page.getByRole("status").textContent()).toBe("live"));
  await send("while connected ü");
  const received = [`${alice.name}: while offline`, `${alice.name}: while connected ü`];
  await eventually(async () => expect(await lines(page)).toEqual(received));

  await page.getByLabel("To").fill(alice.name);
  await page.getByLabel("Text").fill("Grüße");
  await page.getByRole("button", { name: "Send" }).click();
  await eventually(async () => expect(await lines(page)).toEqual([...received, `to ${alice.name}: Grüße`]));
  await eventually(async () =>
    expect((await alice.pull()).messages.map(({ envelope }) => envelope.encryptedData)).toEqual([
      letter(bob.name, "Grüße"),
    ]),
  );
  await eventually(async () => expect((await bob.pull()).messages).toEqual([]));

  await open(bob, origin, page);
  await eventually(async () => expect(await page.getByRole("status").textContent()).toBe("live"));
  await send("after the reload");
  await eventually(async () =>
    expect(await lines(page)).toEqual([...received, `${alice.name}: after the reload`]),
  );
  expect(problems).toEqual([]);
});

it("a page of an origin that the server does not allow gets no token", async () => {
  const page = await open(newUser("bob"), await servePage());
  await eventually(async () =>
    expect(await page.getByRole("status").textContent()).toContain("token_failed"),
  );
});
