import { join } from "node:path";
import { ensureProgram } from "@dumbwaiter/dev-env/tools/ensure-program";
import { build, stop } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";

const PROGRAM = join(import.meta.dirname, "browser-program.ts");

export interface SdkPages {
  /** A page of the server's own origin that runs `browser-program.ts`; pages share their storage. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** Opens pages in Chromium. @param url of the server, whose origin the pages have */
export async function startSdkPages(url: string): Promise<SdkPages> {
  const { outputFiles } = await build({
    entryPoints: [PROGRAM],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  await stop(); // esbuild's own process would outlive the test
  const script = outputFiles[0]?.text ?? "";
  // It takes a page that comes from this test for one of the internet, which must not reach this machine.
  const always = ["--disable-features=LocalNetworkAccessChecks"];
  const isRoot = process.getuid?.() === 0; // for whom Chromium has no sandbox
  const browser: Browser = await chromium.launch({
    executablePath: await ensureProgram("chromium"),
    args: isRoot ? [...always, "--no-sandbox"] : always,
  });
  const context = await browser.newContext();
  await context.route(`${url}/sdk.html`, (route) =>
    route.fulfill({ contentType: "text/html", body: '<script type="module" src="sdk.js"></script>' }),
  );
  await context.route(`${url}/sdk.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: script }),
  );
  return {
    async open() {
      const page = await context.newPage();
      await page.goto(`${url}/sdk.html`);
      return page;
    },
    close: () => browser.close(),
  };
}
