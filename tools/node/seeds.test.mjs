// Plays the usage examples of the protocol's two old documents, word for word, with a WebSocket client that nobody here wrote
// (npm "ws") against the real program with a real database.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll as after, beforeAll as before, test } from "vitest";
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
  assert.equal(code, 0, "exit code of seg serve after SIGTERM");
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
      const timer = setTimeout(() => reject(new Error("no frame within a minute")), 60_000);
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
    assert.ok(Math.abs(Date.now() - timestamp) < 3_600_000);
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

test("the seeds' usage examples about companies and the exchange, with real ids", async () => {
  const client = await Client.connect("my-client-123");
  const ws = client.ws;
  // What comes until the response to id; the events behind it stay for the next.
  const until = async (id) => {
    for (;;) {
      const frame = await client.next();
      if (frame.request_id === id) return frame;
    }
  };
  const call = (frame) => {
    ws.send(JSON.stringify({ password: 'your-password', ...frame, request_id: frame.type }));
    return until(frame.type);
  };

  // Creating a Company
  ws.send(JSON.stringify({
    type: 'create-company',
    name: 'Tech Corp',
    who_create: 12345,
    password: 'your-password',
    request_id: 'req-003'
  }));
  const founded = await client.next();
  assert.equal(founded.request_id, "req-003");
  assert.equal(founded.data.session_id, "GAME_001");
  const seller = founded.data.company;
  assert.ok(seller.secret_code >= 100_000 && seller.secret_code <= 999_999, "secret_code on a connection that has presented the password");
  assert.deepEqual(
    { name: seller.name, owner_id: seller.owner_id, balance: seller.balance, reputation: seller.reputation, credits: seller.credits, cell_position: seller.cell_position },
    { name: "Tech Corp", owner_id: 12345, balance: 10000, reputation: 20, credits: [], cell_position: "" },
  );
  const told = [await client.next(), await client.next()];
  assert.deepEqual(told.map((e) => e.type), ["api-create_company", "api-user_added_to_company"]);
  assert.equal(told[0].data.company.secret_code, 0, "secret_code in a broadcast");
  assert.deepEqual(told[1].data, { company_id: seller.id, user_id: 12345 });

  // Getting Companies in a Session
  ws.send(JSON.stringify({
    type: 'get-companies',
    session_id: 'GAME_001',
    request_id: 'req-004'
  }));
  assert.deepEqual((await client.next()).data, [seller]);

  await call({ type: "create-user", user_id: 2, username: "Bob", session_id: "GAME_001" });
  const buyer = (await call({ type: "create-company", name: "Buyers", who_create: 2 })).data.company;
  assert.equal((await call({ type: "notforgame-update-company-items", company_id: seller.id, item_id: "iron", quantity_change: 50 })).data, null);

  // Creating a Market Offer (Money)
  ws.send(JSON.stringify({
    type: 'create-exchange-offer',
    company_id: seller.id,
    session_id: 'GAME_001',
    sell_resource: 'iron',
    sell_amount_per_trade: 10,
    count_offers: 5,
    offer_type: 'money',
    price: 100,
    password: 'your-password',
    request_id: 'req-005'
  }));
  const { offer } = (await until("req-005")).data;
  assert.deepEqual(offer, {
    id: offer.id, company_id: seller.id, session_id: "GAME_001", sell_resource: "iron", sell_amount_per_trade: 10, count_offers: 5,
    total_stock: 50, offer_type: "money", price: 100, barter_resource: null, barter_amount: null,
  });
  assert.deepEqual([await client.next(), await client.next()].map((e) => e.type), ["api-exchange_offer_created", "api-company_resource_removed"]);

  // Buying from the Market
  ws.send(JSON.stringify({
    type: 'buy-exchange-offer',
    offer_id: offer.id,
    buyer_company_id: buyer.id,
    quantity: 2,
    password: 'your-password',
    request_id: 'req-006'
  }));
  const bought = (await until("req-006")).data;
  assert.deepEqual(
    { sell_amount: bought.sell_amount, total_price: bought.total_price, old_stock: bought.old_stock, new_stock: bought.new_stock, quantity: bought.quantity },
    { sell_amount: 20, total_price: 200, old_stock: 50, new_stock: 30, quantity: 2 },
  );
  const events = [];
  for (let i = 0; i < 4; i++) events.push(await client.next());
  assert.deepEqual(events.map((e) => [e.type, e.data.company_id, e.data.change ?? e.data.amount ?? e.data.sell_amount]), [
    ["api-exchange_trade_completed", undefined, 20],
    ["api-company_balance_changed", buyer.id, -200],
    ["api-company_balance_changed", seller.id, 200],
    ["api-company_resource_added", buyer.id, 20],
  ]);

  // The map, and a company on it.
  assert.equal((await call({ type: "update-session-stage", session_id: "GAME_001", stage: "CellSelect", add_shedule: false })).data, null);
  const { free_cells: free } = (await call({ type: "get-sessions-free-cells", session_id: "GAME_001" })).data;
  assert.equal(free.length, 44, "free cells: 7 × 7 minus four cities and a prison");
  const [x, y] = free[0].split(":").map(Number);
  assert.deepEqual((await call({ type: "set-company-position", company_id: seller.id, x, y })).data, { result: true, position_now: free[0] });
  assert.equal((await call({ type: "update-session-stage", session_id: "GAME_001", stage: "Game" })).data, null);
  const time = (await call({ type: "get-session-time-to-next-stage", session_id: "GAME_001" })).data;
  assert.ok(time.time_to_next_stage > 170 && time.time_to_next_stage <= 180, "seconds to the end of a turn of three minutes");
  assert.deepEqual({ ...time, time_to_next_stage: 0 }, { time_to_next_stage: 0, stage_now: "Game", max_steps: 15, step: 1 });

  for (const company of [seller, buyer]) assert.equal((await call({ type: "delete-company", company_id: company.id })).data, null);
  assert.equal((await call({ type: "delete-user", user_id: 2 })).data, null);
  await client.close();
});

test("all other requests and errors of the seeds", async () => {
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
