// The generated client in a session: each event once and in order, across connections.

import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { connected, connecting, errors, event, following, newest } from "./lib/fake-client.mjs";

// What a client hands out, in short: numbers of events, and resyncs.
function heard(client) {
  const all = [];
  client.on("*", (e) => all.push(e.type === "resync" ? `resync ${e.reason} ${e.epoch}/${e.last_seq}` : e.seq));
  return all;
}

// Breaks the connection and opens the next.
function cut(socket) {
  socket.break();
  vi.advanceTimersByTime(0);
  newest().open();
  return newest();
}

test("the position is that of the welcome, then that of the newest event", () => {
  const { client, socket } = connecting({ sessionId: "G1" });
  const welcomes = [];
  client.on("welcome", (e) => welcomes.push(e));
  assert.equal(client.position, undefined);
  socket.open();
  assert.deepEqual(socket.sent, [], "no ping before a welcome");
  socket.welcome(7);
  assert.deepEqual(client.position, { epoch: "e1", seq: 7 });
  assert.equal(welcomes[0].last_seq, 7);
  const seen = [];
  client.on("*", (e) => seen.push([e.seq, client.position.seq]));
  socket.receive(event(8));
  socket.receive(event(9));
  assert.deepEqual(seen, [[8, 8], [9, 9]]);
  client.close();
});

test("it resumes after the newest delivered event", () => {
  vi.useFakeTimers();
  const { client, socket } = following(0);
  assert.equal(socket.parameters.epoch, undefined);
  const all = heard(client);
  for (const seq of [1, 2, 3]) socket.receive(event(seq));
  const next = cut(socket);
  assert.deepEqual([next.parameters.epoch, next.parameters.after], ["e1", "3"]);
  next.welcome(5, { resumed: true, from: 4, to: 5 });
  for (const seq of [4, 5, 6]) next.receive(event(seq));
  const last = cut(next);
  assert.equal(last.parameters.after, "6");
  last.welcome(6, { resumed: true });
  last.receive(event(7));
  assert.deepEqual(all, [1, 2, 3, 4, 5, 6, 7]);
  client.close();
});

test("an event is not delivered twice", () => {
  vi.useFakeTimers();
  const { client, socket } = following(0);
  const all = heard(client);
  for (const seq of [1, 2, 2, 1, 3, 3]) socket.receive(event(seq));
  const next = cut(socket);
  next.welcome(4, { resumed: true, from: 2, to: 4 });
  for (const seq of [2, 3, 4, 4]) next.receive(event(seq));
  assert.deepEqual(all, [1, 2, 3, 4]);
  client.close();
});

test("a gap that was not announced causes a reconnection that fetches the missing events", () => {
  vi.useFakeTimers();
  const { client, socket } = following(0);
  const all = heard(client);
  socket.receive(event(1));
  socket.receive(event(3));
  assert.equal(client.state, "waiting");
  socket.receive(event(4));
  assert.deepEqual(socket.closings.length, 1);
  vi.advanceTimersByTime(0);
  newest().open();
  assert.equal(newest().parameters.after, "1");
  newest().welcome(4, { resumed: true, from: 2, to: 4 });
  for (const seq of [2, 3, 4]) newest().receive(event(seq));
  assert.deepEqual(all, [1, 2, 3, 4]);
  client.close();
});

test("merged events are not a gap if prev_seq is the last delivered event", () => {
  vi.useFakeTimers();
  const { client, socket } = following(0);
  const all = heard(client);
  socket.receive(event(1));
  socket.receive({ ...event(5), prev_seq: 1 });
  socket.receive(event(6));
  assert.deepEqual(all, [1, 5, 6]);
  socket.receive({ ...event(9), prev_seq: 7 });
  assert.equal(client.state, "waiting", "event 7 is missing");
  client.close();
});

test("a connection that cannot be resumed is a resync, except for the first", () => {
  vi.useFakeTimers();
  const { client, socket } = connecting({ sessionId: "G1" });
  const all = heard(client);
  socket.open();
  socket.welcome(3);
  socket.receive(event(4));
  const next = cut(socket);
  next.welcome(2, { resumed: false, reason: "epoch" }, "e2");
  next.receive(event(3));
  assert.deepEqual(all, [4, "resync epoch e2/2", 3]);
  assert.deepEqual(client.position, { epoch: "e2", seq: 3 });
  const last = cut(next);
  assert.deepEqual([last.parameters.epoch, last.parameters.after], ["e2", "3"]);
  last.welcome(900, { resumed: false, reason: "too_old" }, "e2");
  assert.deepEqual(all.at(-1), "resync too_old e2/900");
  client.close();
});

test("a welcome with another epoch is a resync", () => {
  vi.useFakeTimers();
  const { client, socket } = following(3);
  const all = heard(client);
  const next = cut(socket);
  next.welcome(9, { resumed: true }, "e2");
  assert.deepEqual(all, ["resync epoch e2/9"]);
  assert.deepEqual(client.position, { epoch: "e2", seq: 9 });
  client.close();
});

test("a resync frame changes the position and is delivered in order", async () => {
  const { client, socket } = following(0);
  const all = heard(client);
  const only = [];
  client.on("resync", (e) => only.push(e));
  const stream = client.events();
  socket.receive(event(1));
  socket.receive({ type: "resync", session_id: "G1", epoch: "e2", last_seq: 9, reason: "lost" });
  socket.receive(event(10));
  assert.deepEqual(all, [1, "resync lost e2/9", 10]);
  assert.deepEqual(only, [{ type: "resync", session_id: "G1", epoch: "e2", last_seq: 9, reason: "lost" }]);
  const types = [];
  for (let i = 0; i < 3; i++) types.push((await stream.next()).value.type);
  assert.deepEqual(types, ["api-create_user", "resync", "api-create_user"]);
  client.close();
});

test("since continues after a saved position", () => {
  const since = { epoch: "e1", seq: 40 };
  const { client, socket } = connecting({ sessionId: "G1", since });
  const all = heard(client);
  assert.deepEqual([socket.parameters.epoch, socket.parameters.after, client.position], ["e1", "40", since]);
  socket.open();
  socket.welcome(41, { resumed: true, from: 41, to: 41 });
  socket.receive(event(41));
  assert.deepEqual(all, [41]);
  client.close();
  const lost = connecting({ sessionId: "G1", since });
  const told = heard(lost.client);
  lost.socket.open();
  lost.socket.welcome(2, { resumed: false, reason: "epoch" }, "e9");
  assert.deepEqual(told, ["resync epoch e9/2"]);
  lost.client.close();
});

test("a loop over events continues after a reconnection", async () => {
  vi.useFakeTimers();
  const { client, socket } = following(0);
  const stream = client.events();
  socket.receive(event(1));
  const next = cut(socket);
  next.welcome(2, { resumed: true, from: 2, to: 2 });
  next.receive(event(2));
  assert.deepEqual([(await stream.next()).value.seq, (await stream.next()).value.seq], [1, 2]);
  client.close();
});

test("without a session, every reconnection is a resync", () => {
  vi.useFakeTimers();
  const { client, socket } = connected();
  const all = [];
  client.on("*", (e) => all.push(e));
  socket.receive(event(5));
  socket.receive({ ...event(1), session_id: "G2" });
  socket.receive(event(6));
  cut(socket);
  assert.equal(newest().parameters.after, undefined);
  assert.deepEqual(all.map((e) => e.seq ?? e), [5, 1, 6, { type: "resync", reason: "reconnected" }]);
  assert.equal(client.position, undefined);
  client.close();
});

test("a welcome or resync without a position goes to onError", () => {
  const { client, socket } = following(0);
  socket.receive({ type: "welcome" });
  socket.receive({ type: "resync", epoch: "e" });
  assert.deepEqual(errors.map((error) => error.name), ["ProtocolError", "ProtocolError"]);
  assert.deepEqual(client.position, { epoch: "e1", seq: 0 });
  client.close();
});

test("events of a server that sends no welcome are delivered without checks of seq", () => {
  const { client, socket } = connected({ sessionId: "G1" });
  const all = heard(client);
  for (const seq of [3, 9, 3]) socket.receive(event(seq));
  assert.deepEqual(all, [3, 9, 3]);
  client.close();
});
