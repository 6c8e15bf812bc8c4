// The events of the generated client, against a fake WebSocket that the test controls.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test, vi } from "vitest";
import { connected, errors, event } from "./lib/fake-client.mjs";

test("listeners get the events of their type in order until they unsubscribe", () => {
  const { client, socket } = connected();
  const heard = [];
  const stop = client.on("api-create_user", (e) => heard.push(["first", e.seq]));
  const once = client.on("api-create_user", (e) => {
    heard.push(["once", e.seq]);
    once();
    other();
  });
  const other = client.on("api-create_user", (e) => heard.push(["other", e.seq]));
  client.on("*", (e) => heard.push(["*", e.seq, e.type]));
  client.on("api-user_deleted", (e) => heard.push(["deleted", e.data.user_id]));
  socket.receive(event(1));
  stop();
  stop();
  socket.receive(event(2, "api-user_deleted", { user_id: 7 }));
  socket.receive(event(3));
  assert.deepEqual(heard, [
    ["first", 1], ["once", 1], ["*", 1, "api-create_user"], ["deleted", 7], ["*", 2, "api-user_deleted"], ["*", 3, "api-create_user"],
  ]);
});

test("an error of a listener does not affect other listeners", () => {
  const { client, socket } = connected();
  const heard = [];
  client.on("*", () => {
    throw new Error("mine");
  });
  client.on("*", (e) => heard.push(e.seq));
  socket.receive(event(1));
  assert.deepEqual(heard, [1]);
  assert.deepEqual(errors.map((error) => error.message), ["mine"]);
});

test("unknown frames are ignored, invalid frames go to onError", () => {
  const { client, socket } = connected();
  client.on("*", () => assert.fail("not an event"));
  socket.receive({ type: "api-of_tomorrow", data: {}, seq: 1 });
  socket.receive({ type: "welcome-of-tomorrow" });
  assert.deepEqual(errors, []);
  for (const frame of ["{", "[]", "null", "7", '{"type":7}', '"x"', { type: "api-create_user", seq: 1 }, { type: "api-create_user", data: {} }]) {
    socket.receive(frame);
  }
  socket.onmessage({ data: new ArrayBuffer(1) });
  assert.deepEqual(errors.map((error) => error.name), Array(9).fill("ProtocolError"));
  assert.equal(client.state, "open");
});

test("without onError, errors go to the console", () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const { socket } = connected({ onError: undefined });
  socket.receive("{");
  assert.equal(logged.mock.calls.length, 1);
  assert.equal(logged.mock.calls[0][0].name, "ProtocolError");
});

test("a loop over events gets the events since its start and leaves no listeners", async () => {
  const { client, socket } = connected();
  socket.receive(event(1));
  const stream = client.events();
  for (const seq of [2, 3, 4]) socket.receive(event(seq));
  const seen = [];
  for await (const e of stream) {
    seen.push(e.seq);
    if (e.seq === 3) break;
  }
  assert.deepEqual(seen, [2, 3]);
  socket.receive(event(5));
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  const { signal } = new AbortController();
  await client.events({ signal }).return();
  assert.deepEqual(getEventListeners(signal, "abort"), [], "listeners left on the signal");
  const both = [client.events(), client.events()];
  const waiting = both.flatMap((s) => [s.next(), s.next()]);
  socket.receive(event(6));
  socket.receive(event(7));
  assert.deepEqual((await Promise.all(waiting)).map((result) => result.value.seq), [6, 7, 6, 7]);
  client.close();
});

test("a signal ends a loop without an error", async () => {
  const { client, socket } = connected();
  const controller = new AbortController();
  const stream = client.events({ signal: controller.signal });
  const [first, second] = [stream.next(), stream.next()];
  socket.receive(event(1));
  controller.abort();
  socket.receive(event(2));
  assert.equal((await first).value.seq, 1);
  assert.equal((await second).done, true);
  assert.equal((await client.events({ signal: AbortSignal.abort() }).next()).done, true);
  const dropped = new AbortController();
  const full = client.events({ signal: dropped.signal });
  socket.receive(event(3));
  dropped.abort();
  assert.equal((await full.next()).done, true, "waiting events are dropped");
});

test("a loop that is too slow ends, other loops continue", async () => {
  const { client, socket } = connected();
  const slow = client.events({ limit: 2 });
  const fast = client.events();
  for (const seq of [1, 2]) socket.receive(event(seq));
  assert.equal((await slow.next()).value.seq, 1);
  for (const seq of [3, 4]) socket.receive(event(seq));
  await assert.rejects(slow.next(), { name: "BehindError", limit: 2 });
  assert.equal((await slow.next()).done, true);
  for (const seq of [1, 2, 3, 4]) assert.equal((await fast.next()).value.seq, seq);
});
