// The generated client in a real browser against the real program: no event is lost or delivered twice.

import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, test } from "vitest";
import WebSocket from "ws";
import { launch, openContext, site } from "./lib/browser.mjs";
import { assertComplete, slowTimeout, until } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";
import { proxy } from "./lib/proxy.mjs";
import { serve } from "./lib/server.mjs";

const seg = await entry("index");

let chromium, server, net, pages, admin;
beforeAll(async () => {
  server = await serve();
  pages = await site();
  chromium = await launch();
  net = await proxy(server.address);
  admin = seg.connect(server.url, { clientId: "admin", password: "your-password", WebSocket, timeout: slowTimeout, retry: { base: 20 } });
});
afterAll(async () => {
  await admin?.close();
  await chromium?.stop?.();
  await Promise.all([net, pages].map((one) => one?.close()));
  assert.equal(await server?.stop(), 0);
});

beforeEach((context) => {
  if (chromium.browser) return;
  console.warn(`NO BROWSER: "${context.task.name}" IS LEFT OUT. In CI this is a failure. ${chromium.reason}`);
  context.skip(chromium.reason);
});

let users = 100;

// A session with one user, whose events are numbered from 2.
async function session(name) {
  const id = users++;
  await admin.createSession({ session_id: name });
  await admin.createUser({ user_id: id, username: "Ann", session_id: name });
  return { name, id, rename: (from, to) => Promise.all(Array.from({ length: to - from + 1 }, (_, i) => admin.updateUser({ user_id: id, username: `Ann ${from + i}` }))) };
}

// A page that follows a session.
// Its client asks for no signs of life, which a slow page might give too late, unless it is told to.
async function tab(browsing, sessionId, clientId = sessionId, heartbeat = Infinity) {
  const page = await browsing.newPage();
  await page.goto(pages.url);
  await page.evaluate(([url, options]) => {
    const { connect, validators } = globalThis.pkg;
    const told = (globalThis.told = { events: [], states: [], errors: [] });
    globalThis.client = connect(url, { ...options, validate: validators, onError: (error) => told.errors.push(String(error)) });
    globalThis.client.on("*", (event) => told.events.push(event));
    globalThis.client.on("state", (event) => told.states.push([event.state, event.error?.closeCode]));
  }, [net.url, { sessionId, clientId, password: "your-password", timeout: slowTimeout, retry: { base: 20, cap: 200 }, heartbeat }]);
  await page.waitForFunction(() => globalThis.client.position !== undefined);
  const count = () => page.evaluate(() => globalThis.told.events.length);
  return {
    page, count,
    events: () => page.evaluate(() => globalThis.told.events),
    told: () => page.evaluate(() => globalThis.told),
    has: (n) => until(async () => (await count()) >= n),
  };
}

test("the server is killed and restarted during commands", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, id } = await session("B1");
  const one = await tab(browsing, name);
  const calls = one.page.evaluate(async (user_id) => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => new Promise((resolve) => setTimeout(resolve, i * 5))
      .then(() => globalThis.client.updateUser({ user_id, username: `Ann ${i + 1}` }))));
    return answers.map((answer) => answer.new.username);
  }, id);
  await one.has(5);
  await server.kill();
  await server.restart();
  assert.deepEqual(await calls, Array.from({ length: 60 }, (_, i) => `Ann ${i + 1}`));
  await one.has(60);
  const told = await one.told();
  assertComplete(told.events, 2, 61);
  assert.ok(told.states.some(([state]) => state === "waiting"), "the connection was lost");
  assert.deepEqual(told.errors, []);
  await browsing.close();
});

test("the connection is cut", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, rename } = await session("B2");
  const one = await tab(browsing, name);
  for (let round = 0; round < 5; round++) {
    const all = rename(round * 20 + 1, round * 20 + 20);
    net.cut();
    await all;
  }
  await one.has(100);
  assertComplete(await one.events(), 2, 101);
  assert.ok((await one.told()).states.some(([state, code]) => state === "waiting" && code === 1006));
  await browsing.close();
});

// Stops the processes that run pages, or lets them go on: a page whose process is stopped is frozen, whatever it does.
async function signalPages(signal) {
  const cdp = await chromium.browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  assert.ok(renderers.length > 0);
  for (const { id } of renderers) process.kill(id, signal);
}

test("the page is frozen, with and without loss of its socket", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, rename } = await session("B3");
  const one = await tab(browsing, name, name, 600);
  const cdp = await browsing.newCDPSession(one.page);
  for (const [round, lose] of [[0, false], [1, true]]) {
    await cdp.send("Page.setWebLifecycleState", { state: "frozen" }); // tells the page
    await signalPages("SIGSTOP");
    let awake = false;
    const question = one.page.evaluate(() => Date.now()).finally(() => (awake = true));
    try {
      await rename(round * 50 + 1, round * 50 + 50);
      if (lose) net.cut();
      await new Promise((resolve) => setTimeout(resolve, 1500)); // longer than two missed pongs
      assert.equal(awake, false, "timers of the frozen page");
    } finally {
      await signalPages("SIGCONT");
    }
    await question;
    await cdp.send("Page.setWebLifecycleState", { state: "active" });
    await one.has(round * 50 + 50);
  }
  assertComplete(await one.events(), 2, 101);
  await browsing.close();
});

test("the page is paused in a debugger while its socket dies", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, rename } = await session("B4");
  const one = await tab(browsing, name);
  const cdp = await browsing.newCDPSession(one.page);
  await cdp.send("Debugger.enable");
  const paused = new Promise((resolve) => cdp.once("Debugger.paused", resolve));
  await cdp.send("Debugger.pause");
  const nudge = one.page.evaluate(() => 0); // what it stops at
  await paused;
  await rename(1, 50);
  net.cut();
  await rename(51, 100);
  await cdp.send("Debugger.resume");
  await cdp.send("Debugger.disable");
  await nudge;
  await one.has(100);
  assertComplete(await one.events(), 2, 101);
  await browsing.close();
});

test("3 s offline while 200 events happen", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, rename } = await session("B5");
  const one = await tab(browsing, name, name, 600);
  const cdp = await browsing.newCDPSession(one.page);
  await cdp.send("Network.enable");
  const began = Date.now();
  net.silence(); // the emulation leaves sockets that are open alone
  await cdp.send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await rename(1, 200);
  await one.page.waitForFunction(() => globalThis.client.state !== "open");
  await until(() => Date.now() - began >= 3000);
  assert.equal(await one.count(), 0);
  net.up();
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await one.has(200);
  assertComplete(await one.events(), 2, 201);
  await browsing.close();
});

test("two tabs of one browser", async () => {
  const browsing = await openContext(chromium.browser);
  const { name, rename } = await session("B6");
  const tabs = [await tab(browsing, name, "B6 left"), await tab(browsing, name, "B6 right")];
  const all = rename(1, 50);
  net.cut();
  await all;
  for (const one of tabs) {
    await one.has(50);
    assertComplete(await one.events(), 2, 51);
  }
  // The same client once more: the key that both tabs share lets the newer replace the older, which stays away.
  const heir = await tab(browsing, name, "B6 left");
  await tabs[0].page.waitForFunction(() => globalThis.client.state === "closed");
  assert.equal((await tabs[0].told()).states.at(-1)[1], 4001);
  await rename(51, 60);
  await heir.has(10);
  assertComplete(await heir.events(), 52, 61);
  assert.equal(await tabs[0].count(), 50);
  const keys = await heir.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("client_key ")).length);
  assert.equal(keys, 2, "number of keys: one for each client");
  await browsing.close();
});
