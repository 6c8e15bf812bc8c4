// The generated client when a server refuses a connection with a close code, against a fake WebSocket and against the real program.
// A refusal used to be an HTTP status, which looked like a network failure: the client kept trying, and every call waited
// until its timeout.

import assert from "node:assert/strict";
import { afterAll, beforeAll, test, vi } from "vitest";
import WebSocket from "ws";
import { connected, newest, seg } from "./lib/fake-client.mjs";
import { slowTimeout, until } from "./lib/events.mjs";
import { forgetAtOnce, waitUntilForgotten } from "./lib/deleted-session.mjs";
import { proxy } from "./lib/proxy.mjs";
import { serve } from "./lib/server.mjs";

let server, net, admin;
beforeAll(async () => {
  server = await serve(forgetAtOnce);
  net = await proxy(server.address);
  admin = seg.connect(server.url, { clientId: "admin", password: "your-password", timeout: slowTimeout, WebSocket });
});
afterAll(async () => {
  await admin?.close();
  await net?.close();
  assert.equal(await server?.stop(), 0);
});

for (const [code, comes] of [[4399, true], [4400, false], [4404, false], [4409, false], [4499, false], [4500, true], [44, true], [44_000, true]]) {
  test(`after close code ${code}: reconnects: ${comes}`, () => {
    vi.useFakeTimers();
    const { client, socket } = connected();
    socket.end(code, "so");
    vi.advanceTimersByTime(1);
    assert.equal(newest() !== socket, comes);
    client.close();
  });
}

test("requests over a refused connection have the outcome none, earlier ones may be unknown", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ clientKey: "a key of mine" });
  const before = client.updateUser({ user_id: 1, username: "Ann" });
  assert.equal(socket.sent.length, 1);
  socket.break();
  const meanwhile = client.updateUser({ user_id: 2, username: "Ben" });
  vi.advanceTimersByTime(0);
  newest().open();
  const after = client.updateUser({ user_id: 3, username: "Cleo" });
  assert.equal(newest().sent.filter(({ type }) => type === "update-user").length, 3);
  newest().end(4404, "Session not found");
  for (const [call, outcome] of [[before, "unknown"], [meanwhile, "none"], [after, "none"]]) {
    await assert.rejects(call, (error) => error instanceof seg.ClosedError && error.closeCode === 4404 && error.outcome === outcome);
  }
});

// A class of WebSockets that counts how many were made.
class Counted extends WebSocket {
  static made = 0;
  constructor(url) {
    super(url);
    Counted.made++;
  }
}

const notFound = { name: "ClosedError", closeCode: 4404, reason: "Session not found" };

test("a session that does not exist", async () => {
  const client = seg.connect(server.url, { clientId: "first", sessionId: "nowhere", password: "your-password", timeout: Infinity, WebSocket: Counted, retry: { base: 1 } });
  const loop = client.events().next();
  await assert.rejects(client.createUser({ user_id: 1, username: "Ann", session_id: "nowhere" }), { ...notFound, outcome: "none" });
  await assert.rejects(client.getUsers(), notFound);
  await assert.rejects(loop, notFound);
  assert.equal((await client.closed).message, "connection closed with 4404: Session not found");
  assert.equal(client.state, "closed");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(Counted.made, 1, "number of sockets");
});

test("a session that is deleted while the client is disconnected", async () => {
  await admin.createSession({ session_id: "R1" });
  const client = seg.connect(net.url, { clientId: "away", sessionId: "R1", password: "your-password", WebSocket, retry: { base: 20, cap: 100 } });
  await until(() => client.position !== undefined);
  const loop = client.events().next();
  loop.catch(() => {});
  net.down();
  await until(() => client.state === "waiting");
  const call = client.getUsers({}, { timeout: Infinity });
  call.catch(() => {});
  await admin.deleteSession({ session_id: "R1", really: true });
  await waitUntilForgotten(seg, server.url, "R1", client.position);
  assert.notEqual(client.state, "closed");
  net.up();
  await assert.rejects(call, notFound);
  await assert.rejects(loop, notFound);
  assert.equal((await client.closed).closeCode, 4404);
});
