// A real browser against the real program, which refuses its connections. Scripts cannot see the HTTP status of a failed handshake.

import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, test } from "vitest";
import WebSocket from "ws";
import { launch, openContext, site } from "./lib/browser.mjs";
import { slowTimeout } from "./lib/events.mjs";
import { forgetAtOnce, waitUntilForgotten } from "./lib/deleted-session.mjs";
import { entry } from "./lib/package.mjs";
import { proxy } from "./lib/proxy.mjs";
import { serve } from "./lib/server.mjs";

const seg = await entry("index");

let chromium, server, net, pages, admin;
beforeAll(async () => {
  server = await serve(forgetAtOnce);
  pages = await site();
  chromium = await launch();
  net = await proxy(server.address);
  admin = seg.connect(server.url, { clientId: "admin", password: "your-password", timeout: slowTimeout, WebSocket });
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

// A page with a client that makes a call, which goes out as soon as there is a connection and may never end.
async function tab(options) {
  const browsing = await openContext(chromium.browser);
  const page = await browsing.newPage();
  await page.goto(pages.url);
  await page.evaluate(([url, given]) => {
    const told = (globalThis.told = { sockets: 0 });
    class Counted extends WebSocket {
      constructor(address) {
        super(address);
        told.sockets++;
      }
    }
    globalThis.client = globalThis.pkg.connect(url, { ...given, WebSocket: Counted, retry: { base: 20, cap: 100 } });
    const tell = (name) => ({ closeCode, reason, outcome }) => (told[name] = { closeCode, reason, outcome });
    globalThis.client.closed.then(tell("closed"));
  }, [net.url, { password: "your-password", ...options }]);
  return {
    page,
    call: () => page.evaluate(() => {
      globalThis.client.createUser({ user_id: 1, username: "Ann", session_id: "R1" }, { timeout: Infinity })
        .catch(({ closeCode, reason, outcome }) => (globalThis.told.call = { closeCode, reason, outcome }));
    }),
    // Waits for the end of everything.
    told: async () => {
      await page.waitForFunction(() => globalThis.told.closed && globalThis.told.call);
      await page.waitForTimeout(300); // thrice the longest pause before another attempt
      return page.evaluate(() => ({ ...globalThis.told, state: globalThis.client.state }));
    },
    close: () => browsing.close(),
  };
}

const notFound = { closeCode: 4404, reason: "Session not found", outcome: "none" };

test("a session that does not exist", async () => {
  const one = await tab({ clientId: "first", sessionId: "nowhere" });
  await one.call();
  assert.deepEqual(await one.told(), { sockets: 1, closed: notFound, call: notFound, state: "closed" });
  await one.close();
});

test("a session that is deleted while the page is disconnected", async () => {
  await admin.createSession({ session_id: "R1" });
  const one = await tab({ clientId: "away", sessionId: "R1" });
  await one.page.waitForFunction(() => globalThis.client.position !== undefined);
  net.down();
  await one.page.waitForFunction(() => globalThis.client.state === "waiting");
  await one.call();
  await admin.deleteSession({ session_id: "R1", really: true });
  await waitUntilForgotten(seg, server.url, "R1", await one.page.evaluate(() => globalThis.client.position));
  net.up();
  const { sockets, ...told } = await one.told();
  assert.deepEqual(told, { closed: notFound, call: notFound, state: "closed" });
  assert.ok(sockets >= 2);
  await one.close();
});

test("a client whose id is in use with another key, or without a key", async () => {
  const first = await tab({ clientId: "keyed" });
  await first.page.evaluate(() => globalThis.client.opened);
  const second = await tab({ clientId: "keyed" });
  await second.call();
  const { closed, sockets } = await second.told();
  assert.deepEqual([closed.closeCode, closed.reason, sockets], [4409, "client_id is in use by a connection with another client_key", 1]);
  const unnamed = await tab({ clientId: "" });
  await unnamed.call();
  assert.equal((await unnamed.told()).closed.closeCode, 4400);
  for (const one of [first, second, unnamed]) await one.close();
});
