// The position of a client covers processed events, not received ones, so that `since` misses nothing.

import assert from "node:assert/strict";
import { test } from "vitest";
import { eventually } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";

const [seg, { createFakeServer }] = await Promise.all(["index", "testing"].map(entry));

const connect = (server, options) => seg.connect("ws://fake", { clientId: "me", sessionId: "G1", WebSocket: server.WebSocket, retry: { base: 0 }, ...options });

const happen = (server, count) => {
  for (let i = 0; i < count; i++) server.broadcast("api-user_deleted", { user_id: i + 1 }, "G1");
};

// A client that has been welcomed, at event 0.
async function begin(server, options) {
  const client = connect(server, options);
  await new Promise((resolve) => client.on("welcome", resolve));
  return client;
}

// What a later client is handed that goes on from a position.
async function later(server, since, options) {
  const client = connect(server, { since, ...options });
  const got = [];
  client.on("*", ({ type, seq }) => got.push(seq ?? type));
  await eventually(() => assert.notEqual(client.position?.seq, since?.seq));
  await client.close();
  return got;
}

test("position does not include events that wait in a loop", async () => {
  const server = createFakeServer();
  const client = await begin(server);
  const loop = client.events();
  happen(server, 5);
  await loop.next();
  assert.equal(client.position.seq, 1);
  await client.close();
  assert.equal(client.position.seq, 1);
  assert.deepEqual(await later(server, client.position), [2, 3, 4, 5]);
  await loop.next();
  assert.equal(client.position.seq, 2, "waiting events can be taken after the end");
});

test("position is that of the slowest consumer", async () => {
  const server = createFakeServer();
  const client = await begin(server);
  const [fast, slow] = [client.events(), client.events()];
  client.on("*", () => {});
  happen(server, 3);
  for (let i = 0; i < 3; i++) await fast.next();
  await slow.next();
  assert.equal(client.position.seq, 1);
  await slow.return();
  assert.equal(client.position.seq, 3, "the other consumers have processed everything");
  await client.close();
});

test("a loop that is left early keeps the position", async () => {
  const server = createFakeServer();
  const client = await begin(server);
  const loop = client.events();
  happen(server, 5);
  for await (const { seq } of loop) if (seq === 2) break;
  assert.equal(client.position.seq, 2);
  happen(server, 1);
  assert.equal(client.position.seq, 2);
  assert.deepEqual(await later(server, client.position, { clientId: "later" }), [3, 4, 5, 6]);
  await client.close();
});

test("position includes an event after its async listener has settled", async () => {
  const server = createFakeServer();
  const errors = [];
  const client = await begin(server, { onError: (error) => errors.push(error.message) });
  const work = [];
  client.on("*", () => new Promise((resolve, reject) => work.push({ resolve, reject })));
  happen(server, 3);
  work[1].resolve();
  await null;
  assert.equal(client.position.seq, 0);
  work[0].reject(new Error("mine"));
  await eventually(() => assert.equal(client.position.seq, 2));
  work[2].resolve();
  await eventually(() => assert.equal(client.position.seq, 3));
  assert.deepEqual(errors, ["mine"]);
  await client.close();
});

test("events after a saved position wait for the first listener", async () => {
  const server = createFakeServer({ "get-users": () => [] });
  const first = await begin(server);
  const kept = first.position;
  await first.close();
  happen(server, 3);
  const client = connect(server, { since: kept });
  await client.getUsers();
  client.on("state", () => {}); // takes no events
  assert.equal(client.position.seq, 0);
  const [got, typed] = [[], []];
  client.on("*", ({ seq }) => got.push(seq));
  client.on("api-user_deleted", ({ seq }) => typed.push(seq));
  happen(server, 1);
  await eventually(() => assert.deepEqual(got, [1, 2, 3, 4]));
  assert.deepEqual(typed, [1, 2, 3, 4]);
  assert.equal(client.position.seq, 4);
  await client.close();
});

test("if too many events wait for the first listener, a resync replaces them", async () => {
  const server = createFakeServer({ "get-users": () => [] });
  const first = await begin(server);
  const kept = first.position;
  await first.close();
  happen(server, 10_002);
  const client = connect(server, { since: kept });
  await client.getUsers();
  const got = [];
  client.on("*", ({ type, seq, last_seq }) => got.push([type, seq ?? last_seq]));
  await eventually(() => assert.ok(got.length > 0));
  happen(server, 1);
  assert.deepEqual(got, [["resync", 10_001], ["api-user_deleted", 10_002], ["api-user_deleted", 10_003]]);
  await client.close();
});

test("the error of a loop that was too slow has its position", async () => {
  const server = createFakeServer();
  const client = await begin(server);
  const loop = client.events({ limit: 2 });
  happen(server, 3);
  const error = await loop.next().catch((reason) => reason);
  assert.ok(error instanceof seg.BehindError);
  assert.equal(error.position.seq, 0);
  assert.deepEqual(await later(server, error.position, { clientId: "later" }), [1, 2, 3]);
  await client.close();
});
