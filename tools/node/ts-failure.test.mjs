// Failures between the generated client and the real program: nothing is lost and nothing happens twice.

import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import WebSocket from "ws";
import { collect, assertComplete, slowTimeout, until } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";
import { proxy } from "./lib/proxy.mjs";
import { serve } from "./lib/server.mjs";

const seg = await entry("index");
const { validators } = await entry("validators");

let server, net;
const errors = [];
beforeAll(async () => {
  server = await serve();
  net = await proxy(server.address);
});
afterAll(async () => {
  await net?.close();
  assert.equal(await server?.stop(), 0, "exit code of seg serve after SIGTERM");
  assert.deepEqual(errors, []);
});

const connect = (url, options) => seg.connect(url, {
  WebSocket, validate: validators, password: "your-password", timeout: slowTimeout, retry: { base: 20, cap: 200 }, heartbeat: Infinity,
  onError: (error) => errors.push(error), ...options,
});

// A session with one user and a client that follows it, both over the network that fails; its events are numbered from 2.
async function play(name, options) {
  const id = Number(name.slice(1));
  const creator = connect(server.url, { clientId: `${name} creator` });
  await creator.createSession({ session_id: name });
  const client = connect(net.url, { clientId: name, sessionId: name, ...options });
  await creator.createUser({ user_id: id, username: "Ann", session_id: name });
  await creator.close();
  await until(() => client.position?.seq === 1);
  return { client, events: collect(client), rename: (i) => client.updateUser({ user_id: id, username: `Ann ${i}` }) };
}

test("the server is killed and restarted repeatedly during commands", async () => {
  const { client, events, rename } = await play("F1");
  const calls = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20; i++) calls.push(rename(calls.length));
    await Promise.race(calls.slice(-20)); // some are answered, others are not
    await server.kill();
    for (let i = 0; i < 5; i++) calls.push(rename(calls.length));
    await server.restart();
  }
  const answers = await Promise.all(calls);
  assert.deepEqual(answers.map((answer) => answer.new.username), calls.map((_, i) => `Ann ${i}`));
  await until(() => events.length >= calls.length);
  assertComplete(events, 2, calls.length + 1);
  assert.deepEqual(events.map((event) => event.data.new.username), calls.map((_, i) => `Ann ${i}`), "every call is carried out once, in order");
  await client.close();
});

test("the connection is cut after every command", async () => {
  const { client, events, rename } = await play("F2");
  const calls = [];
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 20; i++) calls.push(rename(calls.length));
    await calls[Math.min(round * 20 + round, calls.length - 1)];
    net.cut();
  }
  await Promise.all(calls);
  await until(() => events.length >= calls.length);
  assertComplete(events, 2, calls.length + 1);
  assert.deepEqual(events.map((event) => event.data.new.username), calls.map((_, i) => `Ann ${i}`));
  await client.close();
});

test("3 s without a network, without a platform event, while 200 events happen", async () => {
  const { client, events } = await play("F3", { heartbeat: 300 });
  const states = [];
  client.on("state", (event) => states.push([event.state, event.error?.reason]));
  const other = connect(server.url, { clientId: "elsewhere" });
  const began = Date.now();
  net.silence();
  const waiting = client.getUsers({ session_id: "F3" });
  await Promise.all(Array.from({ length: 200 }, (_, i) => other.updateUser({ user_id: 3, username: `Ann ${i}` })));
  await until(() => states.length > 0);
  assert.deepEqual(states[0], ["waiting", "heartbeat timeout"]);
  await until(() => Date.now() - began >= 3000);
  assert.deepEqual(events, []);
  net.up();
  await until(() => events.length >= 200);
  assertComplete(events, 2, 201);
  assert.equal((await waiting)[0].username, "Ann 199", "the answer to a call made before");
  await Promise.all([client.close(), other.close()]);
});

test("two clients of one session, cut at different times", async () => {
  const { client, events, rename } = await play("F4");
  const direct = connect(server.url, { clientId: "F4 direct", sessionId: "F4" });
  await until(() => direct.position?.seq === 1);
  const others = collect(direct);
  const calls = [];
  for (let i = 0; i < 50; i++) {
    calls.push(rename(i));
    if (i % 10 === 9) net.cut();
  }
  await Promise.all(calls);
  await until(() => events.length >= 50 && others.length >= 50);
  assertComplete(events, 2, 51);
  assertComplete(others, 2, 51);
  await Promise.all([client.close(), direct.close()]);
});

test("a session that is created again under the same id is a resync", async () => {
  const { client, events } = await play("F5");
  const other = connect(server.url, { clientId: "elsewhere" });
  net.down();
  await other.deleteSession({ session_id: "F5", really: true });
  await other.createSession({ session_id: "F5" });
  await other.createUser({ user_id: 55, username: "Bob", session_id: "F5" });
  const before = client.position.epoch;
  net.up();
  await until(() => events.length > 0);
  assert.deepEqual([events[0].type, events[0].reason], ["resync", "epoch"]);
  assert.notEqual(client.position.epoch, before);
  await other.updateUser({ user_id: 55, username: "Bert" });
  await until(() => events.length > 1);
  assert.equal(events[1].data.new.username, "Bert");
  await Promise.all([client.close(), other.close()]);
});

test("without a key, an unanswered command is not repeated and its outcome is unknown", async () => {
  const { client, events, rename } = await play("F6", { clientKey: null });
  net.silence();
  const command = rename(1);
  const read = client.getUsers({ session_id: "F6" });
  net.up(); // which cuts the connection
  await assert.rejects(command, { name: "ClosedError", code: "closed", outcome: "unknown" });
  assert.equal((await read)[0].username, "Ann", "a read is sent again");
  await rename(2);
  await until(() => events.length >= 1);
  assertComplete(events, 2, 2);
  await client.close();
});

test("the client reconnects after a planned restart of the server", async () => {
  const another = await serve();
  const client = connect(another.url, { clientId: "patient" });
  const states = [];
  client.on("state", (event) => states.push(event.error?.closeCode ?? event.state));
  await client.createSession({ session_id: "R1" });
  await another.end();
  await another.restart();
  assert.equal((await client.getSession({ session_id: "R1" })).session_id, "R1");
  assert.deepEqual(states.filter((one) => one === 4000 || one === "open"), ["open", 4000, "open"]);
  await client.close();
  assert.equal(await another.stop(), 0);
});
