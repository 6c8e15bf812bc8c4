// The connection and calls of the generated client, against a fake WebSocket that the test controls.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test, vi } from "vitest";
import { connected, connecting, errors, event, seg, url, user } from "./lib/fake-client.mjs";
import { FakeSocket } from "./lib/socket.mjs";

test("the URL has the parameters but no credential", () => {
  const { socket } = connecting({ clientId: "J. Doe&x", sessionId: "G_1", clientKey: "key 12345", password: "canary-password" });
  assert.equal(socket.url, `${url}?client_id=J.+Doe%26x&session_id=G_1&client_key=key+12345&announce_close=true`);
  const { socket: back } = connecting({ sessionId: "G_1", since: { epoch: "e", seq: 0 } });
  assert.equal(back.url, `${url}?client_id=me&session_id=G_1&epoch=e&after=0&announce_close=true`);
  const { socket: other } = connecting({ password: "canary-password" });
  assert.equal(other.url, `${url}?client_id=me&announce_close=true`);
  seg.connect("https://host.example/connect?a=b", { clientId: "me", clientKey: null, WebSocket: FakeSocket });
  assert.equal(FakeSocket.all.at(-1).url, "wss://host.example/connect?a=b&client_id=me&announce_close=true");
  assert.throws(() => seg.connect("nowhere", { clientId: "me", WebSocket: FakeSocket }), TypeError);
});

test("without a WebSocket class, connect throws an error that says how to pass one", () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  Reflect.deleteProperty(globalThis, "WebSocket");
  try {
    assert.throws(() => seg.connect(url, { clientId: "me" }), /TypeError: .*option WebSocket/);
    globalThis.WebSocket = FakeSocket;
    seg.connect(url, { clientId: "default" });
    assert.match(FakeSocket.all.at(-1).url, /client_id=default/);
  } finally {
    Reflect.deleteProperty(globalThis, "WebSocket");
    if (own) Object.defineProperty(globalThis, "WebSocket", own);
  }
});

test("calls wait until the connection is open and are sent in order with unique ids", async () => {
  const { client, socket } = connecting();
  assert.equal(client.state, "connecting");
  const first = client.getUser({ id: 1 });
  const second = client.getSessions();
  assert.deepEqual(socket.sent, []);
  socket.open();
  await client.opened;
  assert.equal(client.state, "open");
  assert.deepEqual(socket.sent.splice(2), [{ type: "ping" }], "the ping for the contract hash follows the calls");
  const third = client.request("get-users", { session_id: "G1" });
  assert.deepEqual(socket.sent.map(({ request_id, ...frame }) => frame), [
    { type: "get-user", id: 1 }, { type: "get-sessions" }, { type: "get-users", session_id: "G1" },
  ]);
  const ids = socket.sent.map((frame) => frame.request_id);
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) assert.ok(typeof id === "string" && id.length <= 128, id);
  const { socket: another, client: other } = connected();
  other.getSessions().catch(() => {});
  assert.notEqual(another.sent[0].request_id.split("-")[0], ids[0].split("-")[0], "the prefix of request ids differs between clients");
  other.close();
  socket.answer(2, []);
  socket.answer(0, user);
  socket.answer(1, null);
  assert.deepEqual(await Promise.all([first, second, third]), [user, null, []]);
});

test("type and request_id come first and cannot be overwritten by parameters", () => {
  const { client, socket } = connected({ password: "p" });
  client.request("create-session", { request_id: "mine", type: "delete-session", session_id: "G1" }).catch(() => {});
  assert.deepEqual(Object.keys(socket.sent[0]), ["type", "request_id", "session_id", "password"]);
  assert.equal(socket.sent[0].type, "create-session");
  assert.notEqual(socket.sent[0].request_id, "mine");
  client.close();
});

test("the credential is added only to requests that take it", () => {
  const { client, socket } = connected({ password: "canary-password" });
  const calls = [
    client.createUser({ user_id: 1, username: "Ann", session_id: "G1" }), client.ping({ content: "no password" }),
    client.deleteUser({ user_id: 1, password: "another" }), client.createSession({ password: undefined }),
  ];
  for (const call of calls) call.catch(() => {});
  assert.deepEqual(socket.sent.map((frame) => frame.password), ["canary-password", undefined, "another", "canary-password"]);
  client.close();
  const { client: without, socket: bare } = connected();
  without.deleteUser({ user_id: 1 }).catch(() => {});
  assert.ok(!("password" in bare.sent[0]));
  without.close();
});

test("a refusal is a SegError that does not contain the request", async () => {
  const { client, socket } = connected({ password: "canary-password" });
  const call = client.createUser({ user_id: 1, username: "canary-name", session_id: "G1" });
  const details = [{ path: "/user_id", message: "must be at least 1" }];
  socket.answer(0, { error: "User not found", code: "not_found", details });
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof seg.SegError && !(error instanceof seg.ClosedError) && error instanceof Error);
    assert.deepEqual([error.name, error.message, error.code, error.details], ["SegError", "User not found", "not_found", details]);
    assert.deepEqual([error.requestType, error.requestId, error.outcome], ["create-user", socket.sent[0].request_id, "none"]);
    assert.doesNotMatch(JSON.stringify(error) + error.stack, /canary/);
    return true;
  });
  const second = client.getUsers();
  socket.answer(1, { error: "Oh" });
  await assert.rejects(second, (error) => error.name === "ProtocolError" && /no code/.test(error.message));
});

test("an error frame rejects the call it names; otherwise it goes to onError", async () => {
  const { client, socket } = connected();
  const call = client.getUsers();
  socket.receive({ type: "error", message: "Unknown", error: "Unknown", code: "unknown_type", request_id: socket.sent[0].request_id });
  await assert.rejects(call, { name: "SegError", code: "unknown_type", requestType: "get-users", details: [] });
  socket.receive({ type: "error", message: "Too many", code: "rate_limited" });
  assert.deepEqual(errors.map((error) => [error.name, error.code, error.requestId]), [["SegError", "rate_limited", undefined]]);
});

test("an answer frame belongs to the response that follows it", async () => {
  const { client, socket } = connected();
  const given = new AbortController();
  const calls = [client.ping({ content: 1 }), client.ping({ content: 2 }, { signal: given.signal }), client.ping({ content: 3 }), client.ping()];
  given.abort();
  await assert.rejects(calls[1], { name: "AbortError" });
  for (const i of [0, 1, 2]) {
    socket.receive({ type: "pong", timestamp: "", client_id: "me", content: i + 1, contract: "c" });
    socket.answer(i, null);
  }
  socket.answer(3, null);
  assert.deepEqual(await calls[0], { timestamp: "", client_id: "me", content: 1, contract: "c" });
  assert.equal((await calls[2]).content, 3);
  await assert.rejects(calls[3], { name: "ProtocolError", message: "ping: a response without its pong" });
});

test("a call without an answer times out", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ timeout: 500, heartbeat: Infinity });
  const settled = [];
  const watch = (name, call) => call.catch((error) => settled.push([name, error.name, error.timeout]));
  const late = client.getUsers();
  const all = [watch("default", late), watch("own", client.getUsers({}, { timeout: 200 }))];
  client.getUsers({}, { timeout: Infinity }).catch((error) => settled.push(["never", error.name]));
  vi.advanceTimersByTime(199);
  await Promise.resolve();
  assert.deepEqual(settled, []);
  vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(300);
  await Promise.all(all);
  assert.deepEqual(settled, [["own", "TimeoutError", 200], ["default", "TimeoutError", 500]]);
  await assert.rejects(late, (error) => error.requestType === "get-users" && error.requestId === socket.sent[0].request_id);
  vi.advanceTimersByTime(2 ** 31 - 1);
  socket.answer(0, []); // too late, and no harm
  assert.deepEqual(errors, []);
  assert.equal(settled.length, 2);
  client.close();
});

test("a timeout includes the time without a connection, and a call that has timed out is not sent", async () => {
  vi.useFakeTimers();
  const { client, socket } = connecting({ timeout: 10 });
  const call = client.deleteUser({ user_id: 1 });
  vi.advanceTimersByTime(10);
  await assert.rejects(call, { name: "TimeoutError", code: "timeout", outcome: "none" });
  socket.open();
  const late = client.deleteUser({ user_id: 1 });
  vi.advanceTimersByTime(10);
  await assert.rejects(late, { name: "TimeoutError", outcome: "unknown" });
  assert.deepEqual(socket.sent.map((frame) => frame.type), ["ping", "delete-user"]);
});

test("an aborted signal rejects a call with its reason", async () => {
  const { client, socket } = connecting();
  const gone = client.getUsers({}, { signal: AbortSignal.abort("gone before") });
  await assert.rejects(gone, (reason) => reason === "gone before");
  const controller = new AbortController();
  const waiting = client.getUsers({}, { signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await assert.rejects(waiting, /changed my mind/);
  socket.open();
  assert.deepEqual(socket.sent, [{ type: "ping" }], "an aborted call is not sent");
  const late = new AbortController();
  const done = client.getUsers({}, { signal: late.signal });
  socket.answer(1, []);
  assert.deepEqual(await done, []);
  assert.deepEqual(getEventListeners(late.signal, "abort"), [], "listeners left on the signal");
  late.abort();
  assert.deepEqual(errors, []);
});

test("a settled call leaves no timers and listeners", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const { client, socket } = connected({ timeout: 60_000, heartbeat: Infinity });
  const call = client.getUsers();
  const failed = client.getUsers();
  assert.equal(timers(), before + 2);
  socket.answer(0, []);
  await call;
  client.close();
  await assert.rejects(failed, { name: "ClosedError" });
  assert.equal(timers(), before + 1, "timers: one more, for the close timeout");
  socket.end(1000);
  assert.equal(timers(), before);
});

test("parameters that cannot be JSON are refused and not sent", async () => {
  const { client, socket } = connected();
  await assert.rejects(client.ping({ content: 1n }), TypeError);
  assert.deepEqual(socket.sent, []);
});

test("when the server closes, calls, loops and promises get the close code", async () => {
  const { client, socket } = connected();
  const call = client.getUsers();
  const loop = (async () => {
    const seen = [];
    try {
      for await (const e of client.events()) seen.push(e.seq);
    } catch (error) {
      return [...seen, error];
    }
  })();
  const waiting = client.events();
  socket.receive(event(1));
  socket.receive(event(2));
  socket.end(4001, "replaced");
  const isIt = (error) => error instanceof seg.ClosedError && error.closeCode === 4001 && error.reason === "replaced";
  await assert.rejects(call, isIt);
  const [one, two, error] = await loop;
  assert.deepEqual([one, two], [1, 2]);
  assert.ok(isIt(error));
  assert.equal((await waiting.next()).value.seq, 1, "waiting events are delivered before the end");
  assert.equal((await waiting.next()).value.seq, 2);
  await assert.rejects(waiting.next(), isIt);
  assert.deepEqual(await waiting.next(), { done: true, value: undefined });
  assert.ok(isIt(await client.closed));
  assert.equal(client.state, "closed");
  await assert.rejects(client.getUsers(), isIt);
  await assert.rejects(client.events().next(), isIt);
  assert.equal(socket.sent.length, 1);
  assert.deepEqual(errors, []);
});

test("a connection that cannot be opened, without further attempts", async () => {
  const { client, socket } = connecting({ retry: { attempts: 0 } });
  const call = client.getUsers();
  const cause = new Error("connection refused");
  socket.break(cause);
  await assert.rejects(client.opened, { name: "ClosedError", closeCode: 1006, reason: "", cause });
  await assert.rejects(call, { name: "ClosedError", closeCode: 1006, requestType: "get-users" });
  assert.equal((await client.closed).cause, cause);
  assert.doesNotThrow(() => socket.onerror({ error: cause }), "errors after the end are still listened to");
});

test("an unused opened is not an unhandled rejection", async () => {
  const { client, socket } = connecting({ retry: { attempts: 0 } });
  socket.break(new Error("connection refused"));
  await client.closed;
  await new Promise(setImmediate); // a rejection that nobody handles fails this test
});

test("close rejects calls at once and waits for the server's close frame", async () => {
  const { client, socket } = connected();
  const call = client.getUsers();
  const next = client.events().next();
  let over = false;
  const closed = client.close(4321, "enough");
  closed.then(() => (over = true));
  assert.equal(client.state, "closing");
  await assert.rejects(call, { name: "ClosedError", closeCode: 4321, reason: "enough" });
  assert.deepEqual(await next, { done: true, value: undefined });
  await assert.rejects(client.getUsers(), { name: "ClosedError", closeCode: 4321 });
  assert.equal((await client.events().next()).done, true);
  client.on("*", () => assert.fail("nothing is received any more"));
  socket.receive(event(1));
  assert.equal(client.close(), closed, "a second call of close returns the same promise");
  assert.deepEqual(socket.closings, [{ code: 4321, reason: "enough" }]);
  assert.equal(over, false);
  socket.end(4000, "me too");
  assert.equal((await closed).closeCode, 4000);
  assert.equal(client.state, "closed");
  await assert.rejects(client.getUsers(), { name: "ClosedError", closeCode: 4321 }, "it ended when it was closed here");
  assert.deepEqual(errors, []);
  await client.close();
  assert.equal(socket.closings.length, 1);
});

test("close before it is open", async () => {
  const { client, socket } = connecting();
  const call = client.getUsers();
  client.close();
  await assert.rejects(call, { name: "ClosedError", closeCode: 1000 });
  await assert.rejects(client.opened, { name: "ClosedError", closeCode: 1000 });
  socket.open();
  assert.equal(client.state, "closing");
  socket.break(new Error("closed before it was established"));
  assert.equal((await client.closed).closeCode, 1006);
});

test("close with an invalid code throws and does not close", async () => {
  const { client } = connected();
  assert.throws(() => client.close(1001), RangeError);
  assert.equal(client.state, "open");
  const call = client.getUsers();
  FakeSocket.all.at(-1).answer(0, []);
  assert.deepEqual(await call, []);
});

test("the package exports the version and hash of its protocol", () => {
  assert.match(seg.contractVersion, /^\d+\.\d+\.\d+$/);
  assert.match(seg.contractHash, /^[0-9a-f]{64}$/);
  assert.ok(seg.broadcastTypes.includes("api-create_user"));
  assert.equal(seg.ErrorCode.not_found, "not_found");
});
