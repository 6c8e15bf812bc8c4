// Outcomes of resent requests, errors of the WebSocket constructor, heartbeats that are off, and errors of listeners.

import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { connected, connecting, event, newest, seg } from "./lib/fake-client.mjs";
import { FakeSocket } from "./lib/socket.mjs";

// Breaks the connection and opens the next.
function cut(socket) {
  socket.break();
  vi.advanceTimersByTime(0);
  newest().open();
  return newest();
}

const refuse = (socket, index, code) => socket.answer(index, { error: "No", code });

test("a resent write that is refused has the outcome none only if it is known", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ clientKey: "key 12345" });
  const outcome = (call) => call.then(() => "done", (error) => `${error.code} ${error.outcome}`);
  // Of these, the answer to the first may have been lost: the server may have carried it out, and has a new password now.
  const calls = [
    client.deleteUser({ user_id: 1 }), client.deleteUser({ user_id: 2 }), client.deleteUser({ user_id: 3 }), client.getUsers(),
  ].map(outcome);
  const next = cut(socket);
  calls.push(outcome(client.deleteUser({ user_id: 4 })));
  assert.deepEqual(next.sent.map((frame) => frame.user_id ?? frame.type), [1, 2, 3, "get-users", "ping", 4]);
  refuse(next, 0, "unauthorized");
  refuse(next, 1, "rate_limited");
  refuse(next, 2, "not_found"); // what it was answered the first time, or now that it is carried out
  refuse(next, 3, "rate_limited");
  refuse(next, 5, "rate_limited");
  assert.deepEqual(await Promise.all(calls), [
    "unauthorized unknown", "rate_limited unknown", "not_found none", "rate_limited none", "rate_limited none",
  ]);
  client.close();
});

test("a write that waited for a connection does not count as sent before", async () => {
  vi.useFakeTimers();
  const { client, socket } = connected({ clientKey: "key 12345" });
  socket.break();
  const call = client.deleteUser({ user_id: 1 });
  vi.advanceTimersByTime(0);
  newest().open();
  refuse(newest(), 0, "unauthorized");
  await assert.rejects(call, { code: "unauthorized", outcome: "none" });
  client.close();
});

test("an error of the WebSocket constructor while reconnecting counts as a failed attempt", () => {
  vi.useFakeTimers();
  let token = "t1";
  class WithToken extends FakeSocket {
    constructor(url) {
      if (token === undefined) throw new Error("no token");
      super(`${url}&token=${token}`);
    }
  }
  const { client, socket } = connected({ WebSocket: WithToken, retry: { base: 100 } });
  vi.spyOn(Math, "random").mockReturnValue(1);
  const seen = [];
  client.on("state", (e) => seen.push(`${e.state} ${e.error?.cause?.message ?? ""} ${e.delay ?? ""}`));
  token = undefined;
  socket.break();
  vi.advanceTimersByTime(100);
  assert.equal(client.state, "waiting");
  token = "t2";
  vi.advanceTimersByTime(200);
  assert.equal(newest().parameters.token, "t2");
  newest().open();
  assert.deepEqual(seen, ["waiting  100", "waiting no token 200", "connecting  ", "open  "]);
  client.close();
  token = undefined;
  assert.throws(() => connecting({ WebSocket: WithToken }), /no token/, "the first error goes to the caller of connect");
});

for (const heartbeat of [0, Infinity, Number.MAX_SAFE_INTEGER]) {
  test(`a heartbeat of ${heartbeat} is off`, async () => {
    const { client, socket } = connecting({ heartbeat, sessionId: "G1" });
    const made = FakeSocket.all.length;
    socket.open();
    await new Promise((resolve) => setTimeout(resolve, 40)); // real timers: they fire at once when they are given too much
    assert.equal(client.state, "open");
    assert.deepEqual([socket.sent, FakeSocket.all.length], [[], made]);
    client.close();
    socket.end(1000);
  });
}

// Does something, and returns the rejections that nobody has handled.
async function unhandled(step) {
  const others = process.listeners("unhandledRejection");
  const seen = [];
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => seen.push(error.message));
  try {
    await step();
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const other of others) process.on("unhandledRejection", other);
  }
  return seen;
}

test("an error thrown by onError is an unhandled rejection and does not stop the delivery of events", async () => {
  const onError = (error) => {
    throw error;
  };
  const { client, socket } = connected({ sessionId: "G1", onError });
  socket.welcome(0);
  const heard = [];
  client.on("*", () => {
    throw new Error("mine");
  });
  client.on("*", (e) => heard.push(e.seq));
  const stream = client.events();
  const loud = await unhandled(() => {
    socket.receive(event(1));
    socket.receive("{");
    socket.receive(event(2));
  });
  assert.deepEqual(heard, [1, 2]);
  assert.deepEqual([(await stream.next()).value.seq, (await stream.next()).value.seq], [1, 2]);
  assert.deepEqual(loud, ["mine", "a frame is not a JSON object with a type", "mine"]);
  client.close();
});

test("onError gets the rejection of an async listener", async () => {
  const told = [];
  const { client, socket } = connected({ onError: (error) => told.push(error.message) });
  client.on("api-create_user", async () => {
    throw new Error("mine");
  });
  client.on("state", () => client.getUsers()); // refused by a client that is closed
  const loud = await unhandled(() => {
    socket.receive(event(1));
    socket.end(4001, "replaced");
  });
  assert.deepEqual(loud, []);
  assert.deepEqual(told, ["mine", "get-users: connection closed with 4001: replaced"]);
  assert.ok((await client.closed) instanceof seg.ClosedError);
});
