// A real Chromium with the generated package in its pages.

import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { folder } from "./package.mjs";

// The path of a browser on PATH; undefined if there is none.
async function installed() {
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(place, name);
      if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
    }
  }
  return undefined;
}

// The timeout of an operation on a slow machine, in milliseconds.
const slowTimeout = 240_000;

// Opens a browser context with this timeout.
export async function openContext(browser) {
  const opened = await browser.newContext();
  opened.setDefaultTimeout(slowTimeout);
  return opened;
}

// Starts a browser. If this machine cannot run one, the result has a reason instead; in CI this is an error.
export async function launch() {
  const temp = await mkdtemp(join(tmpdir(), "chromium-"));
  const outside = process.env.TMPDIR;
  process.env.TMPDIR = temp; // the packed browser unpacks itself there
  try {
    const executablePath = await installed() ?? await (await import("@sparticuz/chromium")).default.executablePath();
    // The package's own arguments are not used: some would disable what is tested, some end the browser with a page.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"], timeout: slowTimeout });
    return { browser, stop: () => browser.close().finally(() => rm(temp, { recursive: true, force: true })) };
  } catch (error) {
    await rm(temp, { recursive: true, force: true });
    if (process.env.CI) throw error;
    return { reason: error.message };
  } finally {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
  }
}

// Serves a page with the package as the global variable `pkg`.
export async function site() {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "./dist/index.js"; export { validators } from "./dist/validators.js"`, resolveDir: folder },
    bundle: true, format: "iife", globalName: "pkg", write: false,
  });
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>test</title><script>${outputFiles[0].text.replaceAll("</script", "<\\/script")}</script>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
