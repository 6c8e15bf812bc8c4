// A client of the generated package, connected to a fake WebSocket that the test controls.

import { afterEach, beforeEach, vi } from "vitest";
import { entry } from "./package.mjs";
import { FakeSocket } from "./socket.mjs";

export const url = "ws://host.example:8000/ws/connect";
export const user = { id: 1, username: "Ann", company_id: 0, session_id: "G1" };

export const seg = await entry("index"); // the package

export let errors; // errors passed to onError in this test
beforeEach(() => {
  errors = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

// The newest socket.
export const newest = () => FakeSocket.all.at(-1);

// A client and its socket, not open yet. By default it has no key and reconnects at once.
export function connecting(options = {}) {
  const client = seg.connect(url, {
    clientId: "me", clientKey: null, WebSocket: FakeSocket, onError: (error) => errors.push(error), retry: { base: 0 }, ...options,
  });
  return { client, socket: newest() };
}

// A client with an open connection, without its first ping.
export function connected(options) {
  const made = connecting(options);
  made.socket.open();
  made.socket.sent.length = 0;
  return made;
}

// A client of one session, after a welcome with a position.
export function following(seq, options) {
  const made = connected({ sessionId: "G1", ...options });
  made.socket.welcome(seq);
  return made;
}

// A broadcast.
export const event = (seq, type = "api-create_user", data = { session_id: "G1", user }) => ({
  type, data, seq, session_id: "G1", timestamp: seq,
});
