// How the generated client reconnects: after which codes, after which pause, and what happens to its calls. The test controls
// the server side of a fake WebSocket.

import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { connected, connecting, errors, event, newest, seg } from "./lib/fake-client.mjs";
import { FakeSocket } from "./lib/socket.mjs";

const states = (client) => {
  const seen = [];
  client.on("state", (e) => seen.push(e));
  return seen;
};

for (const [code, comes] of [
  [4000, true], [4001, false], [4008, true], [1000, false], [1001, true], [1002, false], [1003, false], [1005, true], [1006, true],
  [1007, false], [1008, false], [1009, false], [1011, true], [1012, true], [1013, true], [4999, true],
]) {
  test(`after close code ${code}: reconnects: ${comes}`, async () => {
    vi.useFakeTimers();
    const { client, socket } = connected();
    const seen = states(client);
    socket.end(code, "so");
    assert.equal(client.state, comes ? "waiting" : "closed");
    vi.advanceTimersByTime(1);
    assert.equal(newest() !== socket, comes);
    assert.deepEqual(seen.map((e) => e.state), comes ? ["waiting", "connecting"] : ["closed"]);
    assert.deepEqual([seen[0].error.closeCode, seen[0].error.reason], [code, "so"]);
    if (comes) newest().open();
    else assert.equal((await client.closed).closeCode, code);
    assert.equal(client.state, comes ? "open" : "closed");
    client.close();
  });
}

test("each pause is random in a range that doubles up to the cap", () => {
  vi.useFakeTimers();
  const draw = vi.spyOn(Math, "random").mockReturnValue(0.5);
  const { client, socket } = connecting({ retry: { base: 100, cap: 450 } });
  const seen = states(client);
  socket.break();
  for (const [, wait] of [50, 100, 200, 225, 225].entries()) {
    const last = newest();
    vi.advanceTimersByTime(wait - 1);
    assert.equal(newest(), last, `no attempt before ${wait} ms`);
    vi.advanceTimersByTime(1);
    assert.notEqual(newest(), last);
    newest().break();
  }
  assert.deepEqual(seen.filter((e) => e.state === "waiting").map((e) => e.delay), [50, 100, 200, 225, 225, 225]);
  assert.equal(draw.mock.calls.length, 6);
  draw.mockReturnValue(0);
  newest().break();
  client.close();
});

test("without options the pause is at most 1 s at first and 20 s in the end", () => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.999999);
  const { client } = connecting({ retry: undefined });
  const seen = states(client);
  for (let i = 0; i < 40; i++) {
    newest().break();
    vi.advanceTimersByTime(20_000);
  }
  const waits = seen.filter((e) => e.state === "waiting").map((e) => Math.round(e.delay));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, ...Array(35).fill(20000)]);
  client.close();
});

test("a connection that lasted resets the count of attempts, a short one does not", () => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  const { client, socket } = connected({ retry: { base: 100 } });
  const seen = states(client);
  socket.break();
  vi.advanceTimersByTime(100);
  newest().open();
  vi.advanceTimersByTime(4999);
  newest().break();
  vi.advanceTimersByTime(200);
  newest().open();
  vi.advanceTimersByTime(5000);
  newest().break();
  assert.deepEqual(seen.filter((e) => e.state === "waiting").map((e) => e.delay), [100, 200, 100]);
  client.close();
});

test("it gives up after the allowed number of failed attempts", async () => {
  vi.useFakeTimers();
  const { client, socket } = connecting({ retry: { base: 0, attempts: 2 } });
  socket.break();
  vi.advanceTimersByTime(0);
  newest().break();
  vi.advanceTimersByTime(0);
  assert.equal(client.state, "connecting");
  newest().break(new Error("the last"));
  assert.equal(client.state, "closed");
  assert.equal((await client.closed).cause.message, "the last");
  await assert.rejects(client.opened, { name: "ClosedError" });
});

test("opened waits for the first open connection", async () => {
  vi.useFakeTimers();
  const { client, socket } = connecting();
  socket.break();
  vi.advanceTimersByTime(0);
  newest().open();
  await client.opened;
  client.close();
});

test("close in the state waiting ends the client at once", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected();
  const next = client.events().next();
  const call = client.getUsers();
  socket.break();
  const closed = client.close(4500, "enough");
  assert.equal(client.state, "closed");
  assert.deepEqual(await next, { done: true, value: undefined });
  await assert.rejects(call, { name: "ClosedError", closeCode: 4500 });
  assert.equal((await closed).closeCode, 4500);
  vi.runAllTimers();
  assert.equal(newest(), socket);
});

test("a state listener may call close", async () => {
  const { client, socket } = connected();
  client.on("state", () => client.close());
  socket.break();
  assert.equal((await client.closed).closeCode, 1000);
});

test("close times out if the server sends no close frame", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected();
  client.close();
  vi.advanceTimersByTime(4999);
  assert.equal(client.state, "closing");
  vi.advanceTimersByTime(1);
  assert.equal(client.state, "closed");
  assert.equal((await client.closed).closeCode, 1006);
  socket.end(1000);
});

// ---- calls

const names = (socket) => socket.sent.map((frame) => frame.type);

test("with a key, unanswered calls are sent again in order, with their ids, before new ones", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ clientKey: "key 12345" });
  const calls = [
    client.deleteUser({ user_id: 1 }), client.getUsers(), client.deleteUser({ user_id: 2 }), client.deleteUser({ user_id: 3 }),
  ];
  socket.answer(2, null);
  await calls[2];
  socket.break();
  calls.push(client.deleteUser({ user_id: 4 }));
  vi.advanceTimersByTime(0);
  newest().break();
  vi.advanceTimersByTime(0);
  const last = newest();
  last.open();
  assert.deepEqual(names(last), ["delete-user", "get-users", "delete-user", "delete-user", "ping"]);
  assert.deepEqual(last.sent.slice(0, 3), [socket.sent[0], socket.sent[1], socket.sent[3]]);
  assert.equal(last.sent[3].user_id, 4);
  for (const i of [0, 1, 2, 3]) last.answer(i, i === 1 ? [] : null);
  assert.deepEqual(await Promise.all(calls), [null, [], null, null, null]);
  client.close();
});

test("without a key, reads are sent again, and writes are rejected with the outcome unknown", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected();
  const written = client.deleteUser({ user_id: 1 });
  const read = client.getUsers();
  socket.end(1011, "oh");
  const waiting = client.deleteUser({ user_id: 2 });
  await assert.rejects(written, (error) => {
    assert.ok(error instanceof seg.ClosedError && error instanceof seg.SegError);
    assert.deepEqual([error.code, error.outcome, error.closeCode, error.requestType], ["closed", "unknown", 1011, "delete-user"]);
    assert.equal(error.requestId, socket.sent[0].request_id);
    assert.match(error.message, /may have carried it out/);
    return true;
  });
  vi.advanceTimersByTime(0);
  newest().open();
  assert.deepEqual(names(newest()), ["get-users", "delete-user", "ping"]);
  newest().answer(0, []);
  newest().answer(1, null);
  assert.deepEqual(await Promise.all([read, waiting]), [[], null]);
  client.close();
});

test("at the end, calls that were never sent have the outcome none", async () => {
  const { client, socket } = connected({ clientKey: "key 12345" });
  const sent = client.deleteUser({ user_id: 1 });
  const reads = client.getUsers();
  socket.break();
  const waits = client.deleteUser({ user_id: 2 });
  client.close();
  await assert.rejects(sent, { name: "ClosedError", outcome: "unknown" });
  await assert.rejects(reads, { name: "ClosedError", outcome: "none" });
  await assert.rejects(waits, { name: "ClosedError", outcome: "none" });
});

test("a call that was aborted without a connection is not sent again", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ clientKey: "key 12345", timeout: 50 });
  const given = new AbortController();
  const calls = [client.deleteUser({ user_id: 1 }, { signal: given.signal }), client.deleteUser({ user_id: 2 }), client.deleteUser({ user_id: 3 }, { timeout: 1000 })];
  const settled = Promise.allSettled(calls.slice(0, 2));
  socket.break();
  given.abort();
  vi.advanceTimersByTime(50);
  assert.deepEqual((await settled).map((one) => one.reason.name), ["AbortError", "TimeoutError"]);
  newest().open();
  assert.deepEqual(newest().sent.map((frame) => frame.user_id), [3, undefined]);
  newest().answer(0, null);
  assert.equal(await calls[2], null);
  client.close();
});

test("queueLimit limits the waiting calls; further calls are refused", async () => {
  const { client, socket } = connecting({ queueLimit: 2 });
  const given = new AbortController();
  const calls = [client.getUsers(), client.getUsers({}, { signal: given.signal })];
  await assert.rejects(client.getUsers(), (error) => {
    assert.deepEqual([error.name, error.code, error.outcome, error.requestType], ["SegError", "queue_full", "none", "get-users"]);
    return true;
  });
  given.abort();
  await assert.rejects(calls[1], { name: "AbortError" });
  const third = client.getUsers();
  socket.open();
  const more = client.getUsers(); // open: nothing waits
  assert.equal(socket.sent.length, 4);
  for (const i of [0, 1, 3]) socket.answer(i, []);
  await Promise.all([calls[0], third, more]);
  client.close();
});

test("an answer frame is dropped when its connection is lost", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected();
  const ping = client.ping({ content: 1 });
  socket.receive({ type: "pong", content: "old" });
  socket.break();
  vi.advanceTimersByTime(0);
  newest().open();
  newest().answer(0, null);
  await assert.rejects(ping, { name: "ProtocolError" });
  client.close();
});

// ---- the key

function storage() {
  const kept = new Map();
  return { kept, getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) };
}

test("one key for each client and server is generated, stored and reused", () => {
  const place = storage();
  const keyOf = (options) => connecting({ clientKey: undefined, storage: place, ...options }).socket.parameters.client_key;
  const key = keyOf();
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual([...place.kept], [["client_key host.example:8000/ws/connect me", key]]);
  assert.equal(keyOf(), key);
  assert.notEqual(keyOf({ clientId: "other" }), key);
  assert.equal(keyOf({ clientKey: "my own key" }), "my own key");
  assert.equal(keyOf({ clientKey: null }), undefined);
  place.kept.set("client_key host.example:8000/ws/connect me", "short");
  assert.match(keyOf(), /^[0-9a-f]{32}$/);
});

test("without a storage, the key is kept in memory", () => {
  const broken = { getItem: () => { throw new Error("blocked"); }, setItem: () => {} };
  const full = { getItem: () => null, setItem: () => { throw new Error("full"); } };
  const keys = [broken, full, undefined].map((place) => connecting({ clientId: "memory", clientKey: undefined, storage: place }).socket.parameters.client_key);
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(keys).size, 1);
});

test("the key is kept in localStorage if there is one", () => {
  const place = storage();
  vi.stubGlobal("localStorage", place);
  try {
    const { socket } = connecting({ clientId: "browser", clientKey: undefined });
    assert.deepEqual([...place.kept.values()], [socket.parameters.client_key]);
  } finally {
    vi.unstubAllGlobals();
  }
});

// ---- the heartbeat

test("a server that sends nothing is pinged and is dropped after two missed answers", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ heartbeat: 15_000 });
  const seen = states(client);
  vi.advanceTimersByTime(14_999);
  assert.deepEqual(socket.sent, []);
  vi.advanceTimersByTime(1);
  assert.deepEqual(socket.sent, [{ type: "ping" }]);
  vi.advanceTimersByTime(5000);
  assert.equal(socket.sent.length, 2);
  vi.advanceTimersByTime(4999);
  assert.equal(client.state, "open");
  vi.advanceTimersByTime(1);
  assert.equal(client.state, "waiting");
  assert.deepEqual([seen[0].error.closeCode, seen[0].error.reason], [1006, "heartbeat timeout"]);
  assert.equal(socket.closings.length, 1, "the socket was closed once");
  vi.advanceTimersByTime(1);
  assert.notEqual(newest(), socket);
  socket.receive(event(1));
  socket.end(4001);
  assert.equal(client.state, "connecting", "events of the old socket are ignored");
  client.close();
});

test("every incoming frame resets the heartbeat", () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ heartbeat: 15_000 });
  for (let i = 0; i < 100; i++) {
    vi.advanceTimersByTime(10_000);
    socket.receive(event(i));
  }
  assert.deepEqual(socket.sent, []);
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(20_000);
    socket.receive({ type: "pong" });
  }
  assert.equal(client.state, "open");
  assert.equal(socket.sent.length, 10);
  client.close();
});

test("a late timer pings at once, even if a frame has arrived before", () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ heartbeat: 15_000 });
  vi.advanceTimersByTime(4000);
  socket.receive(event(1));
  vi.setSystemTime(Date.now() + 3_600_000); // timers stood still for an hour
  vi.advanceTimersByTime(1000);
  assert.deepEqual(socket.sent, [{ type: "ping" }]);
  vi.advanceTimersByTime(10_000);
  assert.equal(client.state, "waiting", "the connection is dropped 10 s later");
  client.close();
});

test("a page whose timers are always late keeps a working connection", () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ heartbeat: 15_000 });
  for (let i = 0; i < 20; i++) {
    vi.setSystemTime(Date.now() + 55_000);
    vi.advanceTimersByTime(5000);
    if (socket.sent.length > 0) socket.receive({ type: "pong" });
  }
  assert.equal(client.state, "open");
  assert.equal(socket.sent.length, 20);
  client.close();
});

test("an attempt to connect times out", () => {
  vi.useFakeTimers();
  const { client, socket } = connecting({ heartbeat: 15_000 });
  vi.advanceTimersByTime(25_000);
  assert.equal(client.state, "waiting");
  assert.equal(socket.closings.length, 1);
  client.close();
});

// ---- hints of the platform

function platform() {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
  vi.stubGlobal("document", document);
  return { window, document };
}

test("the events online, visibilitychange and resume cause a ping or a reconnection at once", () => {
  vi.useFakeTimers();
  const { window, document } = platform();
  try {
    const { client, socket } = connected({ retry: { base: 1e9, cap: 1e9 } });
    for (const [target, type] of [[window, "online"], [window, "offline"], [document, "visibilitychange"], [document, "resume"]]) {
      target.dispatchEvent(new Event(type));
      assert.deepEqual(socket.sent.splice(0), [{ type: "ping" }], type);
      socket.receive({ type: "pong" });
    }
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    assert.deepEqual(socket.sent, []);
    socket.break();
    window.dispatchEvent(new Event("offline"));
    assert.equal(client.state, "waiting");
    window.dispatchEvent(new Event("online"));
    assert.equal(client.state, "connecting");
    newest().open();
    assert.equal(client.state, "open");
    vi.advanceTimersByTime(1e9);
    client.close();
    const last = newest();
    last.sent.length = 0;
    last.end(1000);
    window.dispatchEvent(new Event("online"));
    assert.deepEqual([newest(), last.sent], [last, []], "platform events are ignored after close");
  } finally {
    vi.unstubAllGlobals();
  }
});

test("after the event offline, a dead connection is detected within two missed pongs", () => {
  vi.useFakeTimers();
  const { window } = platform();
  try {
    const { client } = connected({ heartbeat: 15_000 });
    window.dispatchEvent(new Event("offline"));
    vi.advanceTimersByTime(10_000);
    assert.equal(client.state, "waiting");
    client.close();
  } finally {
    vi.unstubAllGlobals();
  }
});

// ---- which protocol

test("a server with another protocol causes one warning with both hashes", () => {
  const warnings = [];
  const theirs = "f".repeat(64);
  const { client, socket } = connecting();
  client.on("warning", (e) => warnings.push(e));
  socket.open();
  assert.deepEqual(socket.sent, [{ type: "ping" }]);
  socket.receive({ type: "pong", contract: seg.contractHash });
  assert.deepEqual(warnings, []);
  for (const _ of [1, 2]) socket.receive({ type: "pong", contract: theirs });
  assert.deepEqual(warnings, [{ type: "warning", reason: "contract", ours: seg.contractHash, theirs }]);
  client.close();
  const other = connecting({ sessionId: "G1" });
  other.client.on("warning", (e) => warnings.push(e));
  other.socket.open();
  other.socket.contract = theirs;
  other.socket.welcome(0);
  assert.equal(warnings.length, 2);
  assert.deepEqual(errors, []);
  assert.ok(FakeSocket.all.length > 0);
  other.client.close();
});
