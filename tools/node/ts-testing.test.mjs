// The fake server for tests of users, with the generated client.

import assert from "node:assert/strict";
import { afterEach, test, vi } from "vitest";
import { collect, eventually, assertComplete } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";

const [seg, { createFakeServer }, { validators }] = await Promise.all(["index", "testing", "validators"].map(entry));
const user = { id: 1, username: "Ann", company_id: 0, session_id: "G1" };
const errors = [];

const connect = (server, options) => seg.connect("ws://fake/connect", {
  clientId: "me", WebSocket: server.WebSocket, validate: validators, retry: { base: 0 }, onError: (error) => errors.push(error), ...options,
});

afterEach(() => {
  vi.useRealTimers();
  assert.deepEqual(errors.splice(0), []);
});

test("requests are answered, refused and recorded", async () => {
  const server = createFakeServer({
    "get-user": async ({ id }, { clientId }) => (id === 1 ? { ...user, username: clientId } : null),
    "delete-user": () => {
      throw new seg.SegError("User not found", "not_found", { details: [{ path: "/user_id", message: "?" }] });
    },
  });
  const client = connect(server, { password: "p" });
  assert.equal((await client.getUser({ id: 1 })).username, "me");
  assert.equal(await client.getUser({ id: 2 }), null);
  await assert.rejects(client.deleteUser({ user_id: 9 }), { code: "not_found", message: "User not found", details: [{ path: "/user_id", message: "?" }] });
  await assert.rejects(client.getUsers(), { code: "unknown_type" });
  server.handle({ "get-users": () => [user], "delete-user": () => { throw new RangeError("mine"); } });
  assert.deepEqual(await client.getUsers(), [user]);
  await assert.rejects(client.deleteUser({ user_id: 9 }), { code: "internal", message: "RangeError: mine" });
  assert.deepEqual(server.requests.map((one) => one.type), ["get-user", "ping", "get-user", "delete-user", "get-users", "get-users", "delete-user"]);
  assert.equal(server.requests[3].password, "p");
  assert.equal(server.connections, 1);
  await client.close();
  assert.equal(server.connections, 0);
});

test("an answer that is a frame", async () => {
  const server = createFakeServer({ ping: ({ content }) => ({ timestamp: "", client_id: "me", content, contract: seg.contractHash }) });
  const client = connect(server);
  assert.deepEqual(await client.ping({ content: 7 }), { timestamp: "", client_id: "me", content: 7, contract: seg.contractHash });
  await client.close();
});

test("broadcasts reach the clients of the session, and clients that resume", async () => {
  const server = createFakeServer();
  const [one, all] = [connect(server, { sessionId: "G1" }), connect(server, { clientId: "all" })];
  const [heard, everything] = [collect(one), collect(all)];
  await Promise.all([one.opened, all.opened]);
  server.broadcast("api-create_user", { session_id: "G1", user }, "G1");
  server.broadcast("api-user_deleted", { user_id: 2 }, "G2");
  assertComplete(heard, 1, 1);
  assert.deepEqual(everything.map((event) => [event.session_id, event.seq]), [["G1", 1], ["G2", 1]]);
  server.stop();
  server.disconnect(4000, "restart");
  assert.equal(one.state, "waiting");
  for (let i = 0; i < 5; i++) server.broadcast("api-user_deleted", { user_id: i + 1 }, "G1");
  await new Promise((resolve) => one.on("state", ({ state }) => state === "waiting" && resolve()));
  server.start();
  await new Promise((resolve) => one.on("*", ({ seq }) => seq === 6 && resolve()));
  assertComplete(heard, 1, 6);
  server.forget("G1");
  assert.equal(heard.at(-1).type, "resync");
  server.broadcast("api-user_deleted", { user_id: 9 }, "G1");
  assert.equal(heard.at(-1).seq, 1);
  await Promise.all([one.close(), all.close()]);
});

test("a client that missed a new epoch gets a resync", async () => {
  const server = createFakeServer();
  const client = connect(server, { sessionId: "G1" });
  const heard = collect(client);
  await client.opened;
  server.disconnect();
  server.forget("G1");
  await new Promise((resolve) => client.on("resync", resolve));
  assert.deepEqual(heard.map((event) => event.reason), ["epoch"]);
  await client.close();
});

test("a request of a client with a key is carried out once even if its answer is lost", async () => {
  let times = 0;
  let answer;
  const server = createFakeServer({ "delete-user": () => (times++, new Promise((resolve) => (answer = resolve))) });
  const client = connect(server, { password: "p" });
  const call = client.deleteUser({ user_id: 1 });
  await client.opened;
  await new Promise((resolve) => setTimeout(resolve));
  server.disconnect();
  await new Promise((resolve) => client.on("state", ({ state }) => state === "open" && resolve()));
  answer(null);
  assert.equal(await call, null);
  assert.equal(times, 1);
  assert.equal(server.requests.filter(({ type }) => type === "delete-user").length, 2);
  const other = connect(server, { clientId: "other", clientKey: null, password: "p" });
  const lost = other.deleteUser({ user_id: 1 });
  await other.opened;
  server.disconnect();
  await assert.rejects(lost, { outcome: "unknown" });
  await Promise.all([client.close(), other.close()]);
});

test("it works with fake timers and answers the heartbeat", async () => {
  vi.useFakeTimers();
  const server = createFakeServer({ "get-users": () => [] });
  const client = connect(server);
  assert.deepEqual(await client.getUsers(), []);
  for (let i = 0; i < 10; i++) await vi.advanceTimersByTimeAsync(20_000);
  assert.equal(client.state, "open");
  assert.ok(server.requests.filter(({ type }) => type === "ping").length > 5);
  await client.close();
});

test("the client does not reconnect after final close codes", async () => {
  const server = createFakeServer();
  const client = connect(server);
  await client.opened;
  server.disconnect(4001, "replaced");
  assert.equal((await client.closed).closeCode, 4001);
});

// It sent the broadcasts of a handler before the answer; the real server does the opposite.
test("the answer comes before the broadcasts of its handler", async () => {
  const server = createFakeServer({
    "create-user": async ({ user_id: id, username }) => {
      const made = { ...user, id, username };
      server.broadcast("api-create_user", { session_id: "G1", user: made }, "G1");
      await null;
      server.broadcast("api-user_deleted", { user_id: 9 }, "G1");
      return { session_id: "G1", user: made };
    },
  });
  const client = connect(server, { sessionId: "G1", password: "p" });
  const other = connect(server, { clientId: "other", sessionId: "G1" });
  const [order, heard] = [[], collect(other)];
  client.on("*", ({ seq }) => order.push(seq));
  await Promise.all([client.opened, other.opened]);
  await client.createUser({ user_id: 2, username: "Bob", session_id: "G1" }).then(() => order.push("answer"));
  await eventually(() => assert.deepEqual(order, ["answer", 1, 2]));
  assertComplete(heard, 1, 2);
  await Promise.all([client.close(), other.close()]);
});

test("a newer connection of a client replaces the older one only with the same key", async () => {
  const server = createFakeServer();
  const first = connect(server, { clientKey: "12345678" });
  await first.opened;
  const stranger = connect(server, { clientKey: "87654321" });
  assert.equal((await stranger.closed).closeCode, 4409);
  const second = connect(server, { clientKey: "12345678" });
  assert.equal((await first.closed).closeCode, 4001);
  assert.equal(server.connections, 1);
  await second.close();
});

test("a position ahead of the session has the reason ahead", async () => {
  const server = createFakeServer();
  const client = connect(server, { sessionId: "G1" });
  const welcome = await new Promise((resolve) => client.on("welcome", resolve));
  await client.close();
  const later = connect(server, { sessionId: "G1", since: { epoch: welcome.epoch, seq: 5 } });
  assert.equal((await new Promise((resolve) => later.on("welcome", resolve))).reason, "ahead");
  await later.close();
});

test("a read without an answer does not block other requests", async () => {
  const server = createFakeServer({ "get-user": () => new Promise(() => {}), "get-users": () => [user] });
  const client = connect(server);
  client.getUser({ id: 1 }).catch(() => {});
  assert.deepEqual(await client.getUsers(), [user]);
  await client.close();
});
