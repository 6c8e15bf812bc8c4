// The generated client with npm's WebSocket against the real program.

import assert from "node:assert/strict";
import { afterAll as after, beforeAll as before, test } from "vitest";
import WebSocket from "ws";
import { serve } from "./lib/server.mjs";
import { entry } from "./lib/package.mjs";

const seg = await entry("index");
const { validators } = await entry("validators");

let server;
const errors = [];
before(async () => {
  server = await serve();
});
after(async () => {
  assert.equal(await server?.stop(), 0, "exit code of seg serve after SIGTERM");
  assert.deepEqual(errors, []);
});

// As a browser does it: code behind an answer runs before the next message is handed over.
class StandardSocket extends WebSocket {
  constructor(url) {
    super(url, { allowSynchronousEvents: false });
  }
}

const connect = (options) => seg.connect(server.url, { WebSocket, validate: validators, retry: { attempts: 0 }, onError: (error) => errors.push(error), ...options });

test("a session from its creation to its end", async () => {
  const admin = connect({ clientId: "admin", password: "your-password", WebSocket: StandardSocket });
  const { session } = await admin.createSession({ session_id: "G1", max_steps: 20 });
  assert.deepEqual([session.session_id, session.stage, session.max_steps], ["G1", seg.Stage.FreeUserConnect, 20]);
  const onlooker = connect({ clientId: "onlooker", sessionId: "G1" });
  await onlooker.opened;
  const told = onlooker.events();

  const ann = { id: 1, username: "Ann", company_id: 0, session_id: "G1" };
  const order = [];
  admin.on("api-create_user", (event) => order.push(event.type));
  const created = admin.createUser({ user_id: "1", username: "Ann", session_id: "G1" }).then((answer) => {
    order.push("answer");
    return answer;
  });
  assert.deepEqual(await created, { session_id: "G1", user: ann });
  const { timestamp, ...event } = (await told.next()).value;
  assert.deepEqual(event, { type: "api-create_user", data: { session_id: "G1", user: ann }, seq: 1, session_id: "G1" });
  assert.ok(Math.abs(Date.now() - timestamp) < 3_600_000);

  const renamed = { ...ann, username: "Anna" };
  assert.deepEqual(await admin.updateUser({ user_id: 1, username: "Anna" }), { session_id: "G1", new: renamed, old: ann });
  assert.deepEqual((await told.next()).value.data, { session_id: "G1", new: renamed, old: ann });
  assert.deepEqual(order, ["answer", "api-create_user"], "order of the answer and its broadcast");
  assert.deepEqual(await admin.getUsers({ session_id: "G1" }), [renamed]);
  assert.deepEqual(await admin.getUser({ id: 1, username: undefined }), renamed);

  assert.equal(await admin.deleteUser({ user_id: 1 }), null);
  assert.equal((await told.next()).value.type, "api-user_deleted");
  assert.equal(await admin.getUser({ id: 1 }), null);
  assert.equal((await admin.getSessions()).length, 1);
  assert.equal(await admin.deleteSession({ session_id: "G1", really: true }), null);
  const last = (await told.next()).value;
  assert.deepEqual([last.type, last.seq], ["api-session_deleted", 4]);
  assert.equal(await admin.getSession({ session_id: "G1" }), null);

  for (const one of [admin, onlooker]) assert.equal((await one.close()).closeCode, 1000);
  assert.deepEqual(await told.next(), { done: true, value: undefined });
});

test("pongs, one after another and concurrent", async () => {
  const one = connect({ clientId: "pinger" });
  const pong = await one.ping({ timestamp: 5, content: { deep: [null] } });
  assert.deepEqual(pong, { timestamp: 5, client_id: "pinger", content: { deep: [null] }, contract: seg.contractHash });
  const many = await Promise.all(Array.from({ length: 50 }, (_, i) => one.ping({ content: i })));
  assert.deepEqual(many.map((answer) => answer.content), Array.from({ length: 50 }, (_, i) => i));
  await one.close();
});

test("refusals", async () => {
  const nobody = connect({ clientId: "nobody" });
  await assert.rejects(nobody.createUser({ user_id: 1, username: "Ann", session_id: "G1" }), (error) => {
    assert.ok(error instanceof seg.SegError);
    assert.deepEqual([error.code, error.message], ["missing_field", "Missing required field: password"]);
    assert.deepEqual(error.details, [{ path: "/password", message: "is required" }]);
    return true;
  });
  await assert.rejects(nobody.deleteUser({ user_id: 9, password: "wrong" }), { code: "unauthorized", message: "Password is incorrect" });
  await assert.rejects(nobody.deleteUser({ user_id: 9, password: "your-password" }), { code: "not_found", message: "User not found" });
  await assert.rejects(nobody.request("get-nothing", {}), { name: "SegError", code: "unknown_type" });
  await assert.rejects(nobody.getUser({ id: 2 ** 53 }), { code: "invalid_field" });
  await nobody.close();
});

test("a server that refuses the connection, and one that does not run", async () => {
  const unnamed = connect({ clientId: "" });
  const { closeCode, reason } = await unnamed.closed;
  assert.deepEqual([closeCode, reason], [4400, "client_id must be given once, as 1 to 128 printable characters"]);
  const astray = seg.connect("ws://127.0.0.1:1/ws/connect", { clientId: "me", WebSocket, retry: { attempts: 0 } });
  await assert.rejects(astray.getSessions(), (error) => error instanceof seg.ClosedError && error.cause.cause.code === "ECONNREFUSED");
});

test("a client with another key than the connected one is refused", async () => {
  const first = connect({ clientId: "keyed", clientKey: "the first key" });
  await first.opened;
  const second = connect({ clientId: "keyed", clientKey: "another key" });
  await assert.rejects(second.getUsers(), { closeCode: 4409, reason: "client_id is in use by a connection with another client_key" });
  assert.equal(first.state, "open");
  await first.close();
});

test("a newer connection of the same client replaces the older one", async () => {
  const older = connect({ clientId: "twice" });
  await older.opened;
  const newer = connect({ clientId: "twice" });
  await newer.opened;
  assert.equal((await older.closed).closeCode, 4001);
  assert.equal(older.state, "closed");
  assert.deepEqual(await newer.getUsers(), []);
  await newer.close();
});
