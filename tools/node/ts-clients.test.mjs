// The cases that the Go client and the TypeScript client share, here for the TypeScript client against a scripted server.
// The Go client runs the same cases in internal/contracttest.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, test, vi } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { entry } from "./lib/package.mjs";

const seg = await entry("index");
const { cases } = JSON.parse(await readFile(new URL("../../internal/contracttest/testdata/clients.json", import.meta.url), "utf8"));
const wait = { timeout: 60_000, interval: 1 };

let server, connections;
beforeEach(async () => {
  connections = [];
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, request) => {
    const requests = [];
    socket.on("message", (text) => {
      const frame = JSON.parse(text);
      if ("request_id" in frame) requests.push(frame); // without one it asks whether the server is there
    });
    connections.push({ socket, requests, query: new URL(request.url, "ws://host").searchParams });
  });
  await new Promise((resolve) => server.once("listening", resolve));
});
afterEach(() => server.close());

// The steps of a case, by what they are called. Each is given the step and what there is.
const steps = {
  async connect({ connect: { key, session, since }, query = {} }, world) {
    await world.client?.close();
    const before = connections.length;
    const events = (world.events = []);
    world.client = seg.connect(`ws://127.0.0.1:${server.address().port}/`, {
      clientId: "me", clientKey: key ?? null, sessionId: session, since, WebSocket, heartbeat: 0, retry: { base: 0 }, onError: () => {},
    });
    world.client.on("*", ({ type, seq, last_seq }) => events.push([type, seq ?? last_seq]));
    world.client.on("warning", ({ theirs }) => (world.theirs = theirs));
    world.client.on("state", (event) => (world.last = event));
    await world.client.opened;
    await vi.waitFor(() => assert.equal(connections.length, before + 1), wait);
    world.connection = connections.at(-1);
    for (const [name, value] of Object.entries(query)) assert.equal(world.connection.query.get(name), value, name);
  },
  call({ call, type, fields }, world) {
    world.calls[call] = world.client.request(type, fields).then((value) => ({ value }), (error) => ({ error }));
  },
  async expect({ expect, id }, world) {
    await vi.waitFor(() => assert.ok(world.connection.requests.length > 0), wait);
    const got = world.connection.requests.shift();
    for (const [name, value] of Object.entries(expect)) assert.deepEqual(got[name], value, name);
    world.ids[id] = got.request_id;
  },
  send({ send }, world) {
    world.connection.socket.send(JSON.stringify(send, (_, value) => world.ids[/^\$(.+)$/.exec(value)?.[1]] ?? value));
  },
  async answered({ answered, value, error, text, path }, world) {
    const got = await world.calls[answered];
    if (error === undefined) {
      assert.deepEqual(got, { value });
      return;
    }
    assert.equal(got.error.code, error);
    if (text !== undefined) assert.equal(got.error.message, text);
    if (path !== undefined) assert.deepEqual(got.error.details.map((detail) => detail.path), [path]);
  },
  close({ close, reason }, world) {
    world.connection.socket.close(close, reason);
  },
  cut(_, world) {
    world.connection.socket.terminate();
  },
  async again(_, world) {
    const before = world.connection;
    await vi.waitFor(() => assert.notEqual(connections.at(-1), before), wait);
    world.connection = connections.at(-1);
  },
  async ended({ ended, final, refused }, world) {
    await vi.waitFor(() => assert.equal(world.last.error?.closeCode, ended), wait);
    assert.equal(world.last.state === "closed", final);
    const { error } = await world.client.request("get-users", {}, { timeout: 1 }).then(() => ({}), (reason) => ({ error: reason }));
    if (final) assert.equal(error.outcome, "none");
    assert.equal(/^44..$/.test(`${ended}`), refused);
  },
  async events({ events }, world) {
    await vi.waitFor(() => assert.deepEqual(world.events, events), wait);
  },
  async position({ position }, world) {
    await vi.waitFor(() => assert.deepEqual(world.client.position, position), wait);
  },
  async contract({ contract }, world) {
    await vi.waitFor(() => assert.equal(world.theirs, contract), wait);
  },
  same({ same: [one, other] }, world) {
    assert.equal(world.ids[one], world.ids[other]);
  },
  different({ different: [one, other] }, world) {
    assert.notEqual(world.ids[one], world.ids[other]);
  },
};

test.each(cases)("$name", async ({ steps: list }) => {
  const world = { calls: {}, ids: {} };
  for (const step of list) await steps[Object.keys(step)[0]](step, world);
  await world.client.close();
});

test("there are enough cases", () => assert.ok(cases.length >= 15));

// JSON.stringify turns these into null, which stands for an absent field: the server would have carried out another request.
test.each([NaN, Infinity, -Infinity])("the number %s is refused before it is sent, with the name of the field", async (content) => {
  const world = { calls: {}, ids: {} };
  await steps.connect({ connect: {} }, world);
  await assert.rejects(world.client.ping({ content: { deep: [content] } }), { name: "RangeError", message: `ping: 0 is ${content}, which JSON does not have` });
  await assert.rejects(world.client.createUser({ user_id: content, username: "a", session_id: "G1", password: "p" }), /^RangeError: create-user: user_id is /);
  await assert.rejects(world.client.ping({ content: 1n }), TypeError);
  assert.deepEqual(world.connection.requests, []);
  await world.client.close();
});
