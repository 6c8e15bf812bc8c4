// The stack of a failed call names its caller, and many calls may share one AbortSignal.

import assert from "node:assert/strict";
import { test } from "vitest";
import { entry } from "./lib/package.mjs";

const [seg, { createFakeServer }] = await Promise.all(["index", "testing"].map(entry));
const connect = (server, options) => seg.connect("ws://fake", { clientId: "me", WebSocket: server.WebSocket, retry: { base: 0 }, ...options });

// The stack told where the answer was read: nobody could see which of many calls had failed.
test("the stack of every failed call names its caller and the error", async () => {
  const server = createFakeServer({ "get-user": () => new Promise(() => {}) });
  async function whoCalls(call) {
    await call();
    assert.fail("it was not refused");
  }
  const check = async (call, what) => {
    const error = await whoCalls(call).catch((reason) => reason);
    assert.match(error.stack, /whoCalls/);
    assert.ok(error.stack.startsWith(`${error.name}: ${error.message}\n`), error.stack);
    assert.equal(error.code, what);
  };
  const client = connect(server, { clientKey: null, password: "p" });
  await check(() => client.getUsers(), "unknown_type");
  await check(() => client.request("get-users", {}), "unknown_type");
  await check(() => client.getUser({ id: 1 }, { timeout: 1 }), "timeout");
  const lost = check(() => client.getUser({ id: 1 }), "closed");
  await client.close();
  await lost;
  await check(() => client.getUsers(), "closed");
  const full = connect(server, { queueLimit: 0 });
  await check(() => full.getUsers(), "queue_full");
  await full.close();
});

test("a hundred calls and loops on one signal cause no leak warning and all end", async () => {
  const server = createFakeServer({ "get-user": () => new Promise(() => {}), "get-users": () => [] });
  const client = connect(server);
  const { signal } = new AbortController();
  const abort = new AbortController();
  const warnings = [];
  const warn = (warning) => warnings.push(warning.name);
  process.on("warning", warn);
  await Promise.all(Array.from({ length: 100 }, () => client.getUsers({}, { signal })));
  const calls = Array.from({ length: 100 }, () => client.getUser({ id: 1 }, { signal: abort.signal }).catch((reason) => reason));
  const loops = Array.from({ length: 100 }, () => client.events({ signal: abort.signal }).next());
  abort.abort("enough");
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["enough"]));
  assert.deepEqual(new Set((await Promise.all(loops)).map(({ done }) => done)), new Set([true]));
  await new Promise((resolve) => setImmediate(resolve)); // warnings come later
  process.off("warning", warn);
  assert.deepEqual(warnings, []);
  await client.close();
});

test("a settled call removes its listener from the signal", async () => {
  const server = createFakeServer({ "get-users": () => [] });
  const client = connect(server);
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given) => (listeners++, addEventListener.apply(signal, given));
  signal.removeEventListener = (...given) => (listeners--, removeEventListener.apply(signal, given));
  await Promise.all(Array.from({ length: 20 }, () => client.getUsers({}, { signal })));
  await client.getUsers({}, { signal });
  assert.equal(listeners, 0);
  await client.close();
});
