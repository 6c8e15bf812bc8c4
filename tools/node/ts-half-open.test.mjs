// Node's WebSocket (undici) reports a close only when the TCP connection ends. Behind a proxy that keeps TCP open, it would
// report 1006 much later.

import assert from "node:assert/strict";
import { connect as dial, createServer } from "node:net";
import { afterAll, beforeAll, test } from "vitest";
import { WebSocket as Undici } from "undici";
import ws, { WebSocketServer } from "ws";
import { eventually, slowTimeout } from "./lib/events.mjs";
import { entry } from "./lib/package.mjs";
import { serve } from "./lib/server.mjs";

const seg = await entry("index");

let server, proxy, url;
beforeAll(async () => {
  server = await serve();
  const [host, port] = server.address.split(":");
  // Passes bytes on, but keeps the client's connection open when the server ends its own.
  proxy = createServer({ allowHalfOpen: true }, (near) => {
    const far = dial({ host, port: Number(port), allowHalfOpen: true });
    for (const socket of [near, far]) socket.on("error", () => {});
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => near.write(bytes));
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  url = `ws://127.0.0.1:${proxy.address().port}/ws/connect`;
});
afterAll(async () => {
  await server.stop();
  proxy.close();
});

for (const [name, WebSocket] of [["undici", Undici], ["ws", ws]]) {
  const connect = (clientId, options) => seg.connect(url, { clientId, clientKey: null, password: "your-password", timeout: slowTimeout, WebSocket, ...options });

  // Two clients with one id used to replace each other without end.
  test(`${name}: a replaced client is closed with 4001 at once and does not reconnect`, async () => {
    const states = [];
    const first = connect(`${name}-same`);
    first.on("state", ({ state }) => states.push(state));
    await first.opened;
    const second = connect(`${name}-same`);
    await second.opened;
    const closed = await first.closed;
    assert.equal(closed.closeCode, 4001);
    assert.equal(closed.reason, "replaced by a newer connection of the same client");
    assert.deepEqual(states, ["open", "closed"]);
    assert.deepEqual(await second.getUsers(), []);
    await second.close();
  });

  test(`${name}: a refused client gets the reason and does not reconnect`, async () => {
    const client = connect(`${name}-nowhere`, { sessionId: "NOWHERE" });
    const closed = await client.closed;
    assert.equal(closed.closeCode, 4404);
    assert.match(closed.reason, /Session not found/);
  });
}

// A server of another kind may not announce its closing.
test("undici: the next heartbeat detects a close that was not announced", async () => {
  const silent = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => silent.once("listening", resolve));
  const held = createServer({ allowHalfOpen: true }, (near) => {
    const far = dial({ host: "127.0.0.1", port: silent.address().port, allowHalfOpen: true });
    for (const socket of [near, far]) socket.on("error", () => {});
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => near.write(bytes));
  });
  await new Promise((resolve) => held.listen(0, "127.0.0.1", resolve));
  silent.on("connection", (socket) => socket.close(4000, "restart"));
  const client = seg.connect(`ws://127.0.0.1:${held.address().port}/`, { clientId: "me", clientKey: null, WebSocket: Undici, heartbeat: 300, retry: { attempts: 0 } });
  assert.equal((await client.closed).closeCode, 1006);
  await eventually(() => assert.equal(client.state, "closed"));
  silent.close();
  held.close();
});
