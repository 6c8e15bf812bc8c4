// The documentation that is generated: the AsyncAPI document under its official parser, the TypeScript of the reference under the
// compiler and over a socket, and the reference and the index in a real browser.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Parser } from "@asyncapi/parser";
import { afterAll, beforeAll, describe, test } from "vitest";
import { launch, openContext } from "./lib/browser.mjs";
import { temporary } from "./lib/package.mjs";
import { serve } from "./lib/server.mjs";
import { repository, tsc } from "./lib/tsc.mjs";

const docs = join(repository, "gen", "docs");
const chat = join(repository, "tools", "schemagen", "testdata", "chat", "gen", "docs");
const read = (name) => readFile(join(docs, name), "utf8");
const contract = JSON.parse(await read("asyncapi.json"));

test.each([["the protocol", docs], ["the second protocol", chat]])("the AsyncAPI document of %s has no diagnostics", async (_, folder) => {
  const text = await readFile(join(folder, "asyncapi.json"), "utf8");
  const { document, diagnostics } = await new Parser().parse(text);
  assert.deepEqual(diagnostics, []);
  assert.equal(document.version(), "3.1.0");
  assert.equal(document.operations().all().length, Object.keys(JSON.parse(text).operations).length);
  for (const operation of document.operations()) {
    for (const message of operation.messages()) assert.ok(message.payload(), `payload of a message of ${operation.id()}: got none, want one`);
  }
});

test("the parser reports an invalid document", async () => {
  const { diagnostics } = await new Parser().parse({ asyncapi: "3.1.0", info: contract.info, channels: {}, operations: { a: { action: "receive" } } });
  assert.match(diagnostics.map((one) => one.message).join("\n"), /"channel"/);
});

// The requests of the reference, each with its listings by language.
async function requests() {
  const text = await read("reference.md");
  return text.split('<a id="request-').slice(1).map((entry) => {
    const type = entry.slice(0, entry.indexOf('"'));
    const listing = (language) => new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, "s").exec(entry)?.[1];
    return { type, ts: listing("ts"), json: listing("json") };
  });
}

test("the TypeScript of the reference compiles", async () => {
  const all = [...(await read("reference.md")).matchAll(/```ts\n(.*?)\n```/gs)].map((match) => match[1]);
  const [setUp, ...calls] = all;
  assert.ok(calls.length > 70, `TypeScript listings: got ${calls.length}, want more than 70`);
  const folder = await temporary();
  const text = [setUp, ...calls.map((call) => `void (async () => {\n${call}\n});`)].join("\n\n");
  await writeFile(join(folder, "calls.ts"), `${text}\n`);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const options = { rootDir: "/", noEmit: true, noUnusedLocals: false, paths: { "seg-client": [join(repository, "gen/ts/src/index.ts")] } };
  const config = { extends: join(repository, "gen/ts/tsconfig.json"), compilerOptions: options, include: [folder] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await tsc(folder);
});

// A socket that keeps what is sent, and refuses it.
const sent = [];
class Refusing {
  constructor() {
    queueMicrotask(() => this.onopen({}));
  }

  send(text) {
    const frame = JSON.parse(text);
    sent.push(frame);
    const refusal = { type: "response", request_id: frame.request_id, data: { error: "refused", code: "internal" } };
    queueMicrotask(() => this.onmessage({ data: JSON.stringify(refusal) }));
  }

  close(code = 1000, reason = "") {
    queueMicrotask(() => this.onclose?.({ code, reason }));
  }
}

test("the TypeScript of the reference sends the JSON of the reference with the browser client", async () => {
  const folder = await temporary();
  await copyFile(join(docs, "client.js"), join(folder, "client.mjs"));
  const { connect } = await import(pathToFileURL(join(folder, "client.mjs")));
  const Async = (async () => {}).constructor;
  const all = await requests();
  assert.ok(all.length > 40, `requests: got ${all.length}, want more than 40`);
  for (const { type, ts, json } of all) {
    const shown = JSON.parse(json);
    const client = connect("ws://nowhere/", { clientId: "me", WebSocket: Refusing, ...(shown.password && { password: shown.password }) });
    sent.length = 0;
    await assert.rejects(new Async("client", ts)(client), { code: "internal" }, type);
    await client.close();
    const known = contract.components.messages[type].payload.properties;
    const wanted = Object.fromEntries(Object.entries(shown).filter(([key]) => key in known && key !== "request_id"));
    const [{ request_id: _, ...frame }] = sent.filter((one) => one.type === type && "request_id" in one);
    for (const key of Object.keys(wanted)) if (wanted[key] === null && !(key in frame)) delete wanted[key];
    assert.deepEqual(frame, wanted, type);
  }
});

describe("in a browser", () => {
  let chromium, server;
  beforeAll(async () => {
    [chromium, server] = await Promise.all([launch(), serve()]);
  });
  afterAll(async () => {
    await chromium?.stop?.();
    assert.equal(await server?.stop(), 0);
  });

  // Opens a page, and fails when the browser complains or the page loads something from elsewhere.
  const visit = async (context, url, use) => {
    if (!chromium.browser) {
      console.warn(`NO BROWSER: "${context.task.name}" IS LEFT OUT. In CI this is a failure. ${chromium.reason}`);
      context.skip(chromium.reason);
    }
    const page = await (await openContext(chromium.browser)).newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      const place = new URL(request.url());
      if (place.protocol !== "data:" && place.host !== new URL(url).host) complaints.push(`loads ${place}`);
    });
    try {
      const response = await page.goto(url);
      await use(page, response, complaints);
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
    }
  };

  const visible = (page) => page.locator("article:visible h3").evaluateAll((all) => all.map((one) => one.firstChild.textContent.trim()));

  test.for([
    ["a file", () => pathToFileURL(join(docs, "reference.html")).href],
    ["the server", () => `http://${server.address}/docs`],
  ])("the reference from %s is searched with the keyboard alone", ([, url], context) => visit(context, url(), async (page) => {
    const everything = await visible(page);
    assert.ok(everything.length > 100, `entries: got ${everything.length}, want more than 100`);
    await page.keyboard.press("/");
    await page.keyboard.type("Create-User");
    const found = await visible(page);
    assert.ok(found.includes("create-user") && found.includes("api-create_user") && found.length < everything.length / 4, found.join());
    assert.equal(await page.locator("#found").textContent(), `${found.length} entries`);
    assert.equal(await page.locator("nav li li:visible").count(), found.length);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => `${location.hash} ${document.activeElement.id}`), "#request-create-user request-create-user");
    await page.keyboard.press("/");
    await page.keyboard.type("no such thing anywhere");
    assert.deepEqual(await visible(page), []);
    assert.equal(await page.locator("#found").textContent(), "0 entries");
    // A reference to what is hidden shows everything again.
    await page.evaluate(() => (location.hash = "#type-User"));
    await page.locator("#type-User").waitFor({ state: "visible" });
    assert.deepEqual(await visible(page), everything);
    await page.keyboard.press("/");
    await page.keyboard.type("wrong_stage username");
    assert.ok((await visible(page)).length < everything.length);
    await page.keyboard.press("Escape");
    assert.deepEqual(await visible(page), everything);
  }));

  test("the page shows calls in one language and remembers it", (context) => visit(context, `http://${server.address}/docs`, async (page) => {
    const shown = () => page.locator("#request-create-user .calls figure:visible figcaption").allTextContents();
    assert.deepEqual(await shown(), ["TypeScript"]);
    await page.getByRole("radio", { name: "TypeScript" }).focus();
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await shown(), ["Go"]);
    await page.getByRole("radio", { name: "JSON" }).check();
    assert.deepEqual(await shown(), ["JSON"]);
    await page.reload();
    assert.deepEqual(await shown(), ["JSON"]);
  }));

  test("every control has an accessible name, and no heading level is skipped", (context) => visit(context, `http://${server.address}/docs`, async (page) => {
    const nameless = await page.evaluate(() => [...document.querySelectorAll("input, a, nav, [role=region], svg")].filter((one) =>
      !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label"))).map((one) => one.outerHTML));
    assert.deepEqual(nameless, []);
    const levels = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1])));
    assert.equal(levels.filter((level) => level === 1).length, 1);
    levels.forEach((level, i) => assert.ok(i === 0 || level <= levels[i - 1] + 1, `h${level} follows h${levels[i - 1]}`));
  }));

  test("the page runs only its own script", (context) => visit(context, `http://${server.address}/docs`, async (page, response, complaints) => {
    assert.match(response.headers()["content-security-policy"], /script-src 'sha256-/);
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.strange = true";
      document.body.append(script);
      return globalThis.strange === true;
    });
    assert.equal(ran, false);
    assert.match(complaints.splice(0).join(), /Content Security Policy/);
  }));

  test("the index shows the status of the server, and the client is in its console", (context) => visit(context, `http://${server.address}/`, async (page) => {
    await page.locator("#state", { hasText: "running" }).waitFor();
    assert.match(await page.locator("#contract").textContent(), new RegExp(contract.info["x-contract-hash"]));
    const advice = await page.locator("pre code").textContent();
    const told = await page.evaluate(async (code) => {
      const told = [];
      const console = { log: (...all) => told.push(...all) };
      await new (async () => {}).constructor("console", code)(console);
      return told;
    }, advice);
    assert.equal(told[0].content, "Are you there?");
    assert.deepEqual(told[1], []);
  }));
});
