// Plays the usage examples of the protocol's two old documents, word for word, with a WebSocket client that nobody here wrote
// (npm "ws") against the real program with a real database.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import WebSocket from "ws";

const binary = process.env.SEG_BIN ?? new URL("../../bin/seg", import.meta.url).pathname;

let folder, server, address;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "seg-"));
  server = spawn(binary, ["serve", "--addr", "127.0.0.1:0", "--database-url", `sqlite://${folder}/seg.db`], {
    env: { ...process.env, SEG_PASSWORD: "your-password" },
    stdio: ["ignore", "inherit", "pipe"],
  });
  address = await new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`seg serve ended with ${code} before it listened`)));
    createInterface({ input: server.stderr }).on("line", (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") resolve(entry.addr);
    });
  });
});

after(async () => {
  const ended = new Promise((resolve) => server.once("exit", (code, signal) => resolve(code ?? signal)));
  server.kill("SIGTERM");
  const code = await ended;
  await rm(folder, { recursive: true, force: true });
  assert.equal(code, 0, "seg serve must end cleanly on SIGTERM");
});

// A client that keeps every frame and can wait for the next one.
class Client {
  #frames = [];
  #waiting = [];

  static async connect(clientId) {
    const client = new Client();
    client.ws = new WebSocket(`ws://${address}/ws/connect?client_id=${clientId}`);
    client.ws.on("message", (data) => {
      const frame = JSON.parse(data);
      const next = client.#waiting.shift();
      if (next) next(frame);
      else client.#frames.push(frame);
    });
    await new Promise((resolve, reject) => client.ws.once("open", resolve).once("error", reject));
    return client;
  }

  next() {
    if (this.#frames.length > 0) return Promise.resolve(this.#frames.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no frame within 5 s")), 5000);
      this.#waiting.push((frame) => (clearTimeout(timer), resolve(frame)));
    });
  }

  close() {
    const closed = new Promise((resolve) => this.ws.once("close", (code) => resolve(code)));
    this.ws.close(1000);
    return closed;
  }
}

const john = { id: 12345, username: "JohnDoe", company_id: 0, session_id: "GAME_001" };

test("the seeds' usage examples, word for word", async () => {
  const client = await Client.connect("my-client-123");
  const ws = client.ws;
  const onlooker = await Client.connect("onlooker");

  // Creating a Session
  ws.send(JSON.stringify({
    type: 'create-session',
    session_id: 'GAME_001',
    password: 'your-password',
    request_id: 'req-001'
  }));
  const created = await client.next();
  assert.equal(created.type, "response");
  assert.equal(created.request_id, "req-001");
  assert.equal(created.data.session.session_id, "GAME_001");
  assert.equal(created.data.session.stage, "FreeUserConnect");
  assert.deepEqual(created.data.session.map_size, { rows: 7, cols: 7 });
  assert.equal(created.data.session.max_steps, 15);
  for (const field of ["cells", "map_pattern", "cell_counts", "step"]) assert.ok(field in created.data.session, field);

  // Creating a User
  ws.send(JSON.stringify({
    type: 'create-user',
    user_id: 12345,
    username: 'JohnDoe',
    password: 'your-password',
    session_id: 'GAME_001',
    request_id: 'req-002'
  }));
  assert.deepEqual(await client.next(), {
    type: "response",
    request_id: "req-002",
    data: { session_id: "GAME_001", user: john },
  });
  for (const listener of [client, onlooker]) {
    const { timestamp, ...event } = await listener.next();
    assert.ok(Math.abs(Date.now() - timestamp) < 60_000);
    assert.deepEqual(event, {
      type: "api-create_user",
      data: { session_id: "GAME_001", user: john },
      seq: 1,
      session_id: "GAME_001",
    });
  }

  // Request-Response Pattern
  ws.send(JSON.stringify({
    "type": "get-user",
    "id": 12345,
    "request_id": "req-unique-id-123"
  }));
  assert.deepEqual(await client.next(), { type: "response", request_id: "req-unique-id-123", data: john });

  // Ping-Pong
  const now = Date.now().toString();
  ws.send(JSON.stringify({
    type: 'ping',
    timestamp: now,
    content: 'Are you there?'
  }));
  const pong = await client.next();
  assert.equal(pong.type, "pong");
  assert.equal(pong.timestamp, now);
  assert.equal(pong.client_id, "my-client-123");
  assert.equal(pong.content, "Are you there?");

  // A type nobody knows: the connection stays, and the answer lists what there is.
  ws.send(JSON.stringify({ type: "message_type", request_id: "unique_id" }));
  const unknown = await client.next();
  assert.equal(unknown.type, "error");
  assert.equal(typeof unknown.message, "string");
  assert.ok(unknown.available_types.includes("create-user"));

  assert.equal(await client.close(), 1000);
  assert.equal(await onlooker.close(), 1000);
});

test("the rest of what is served, and its errors", async () => {
  const client = await Client.connect("admin");
  const call = async (frame) => {
    client.ws.send(JSON.stringify(frame));
    return client.next();
  };

  assert.deepEqual((await call({ type: "create-user", request_id: 1 })).data, {
    error: "Missing required fields: user_id, username, session_id, password",
    code: "missing_field",
    details: ["user_id", "username", "session_id", "password"].map((name) => ({ path: `/${name}`, message: "is required" })),
  });
  assert.equal((await call({ type: "delete-user", user_id: 12345, password: "wrong", request_id: 2 })).data.error, "Password is incorrect");
  assert.equal((await call({ type: "delete-user", user_id: 99, password: "your-password", request_id: 3 })).data.error, "User not found");

  const renamed = { ...john, username: "Jane" };
  assert.deepEqual(await call({ type: "update-user", user_id: "12345", username: "Jane", password: "your-password", request_id: 4 }), {
    type: "response", request_id: 4, data: { session_id: "GAME_001", new: renamed, old: john },
  });
  assert.equal((await client.next()).type, "api-update_user");
  assert.deepEqual((await call({ type: "get-users", session_id: "GAME_001", request_id: 5 })).data, [renamed]);

  assert.deepEqual(await call({ type: "delete-user", user_id: 12345, password: "your-password", request_id: 6 }), {
    type: "response", request_id: 6, data: null,
  });
  assert.deepEqual((await client.next()).data, { user_id: 12345 });
  assert.equal((await call({ type: "get-user", id: 12345, request_id: 7 })).data, null);

  assert.equal((await call({ type: "get-sessions", request_id: 8 })).data.length, 1);
  assert.deepEqual(await call({ type: "delete-session", session_id: "GAME_001", really: true, password: "your-password", request_id: 9 }), {
    type: "response", request_id: 9, data: null,
  });
  assert.deepEqual((await client.next()).data, { session_id: "GAME_001" });
  assert.equal((await call({ type: "get-session", session_id: "GAME_001", request_id: 10 })).data, null);
  await client.close();
});

test("/ws/status and /healthz", async () => {
  const status = await (await fetch(`http://${address}/ws/status`)).json();
  assert.equal(status.status, "ok");
  assert.equal(status.server_status, "running");
  assert.deepEqual(status.connected_clients, []);
  assert.ok(status.supported_message_types.some((m) => m.type === "create-user" && m.args.length > 3));
  assert.ok(status.broadcast_types.length > 0);
  assert.equal((await fetch(`http://${address}/healthz`)).status, 200);
});
