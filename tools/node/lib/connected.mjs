// The generated package, connected to a WebSocket whose other end is the test.

import { before, beforeEach } from "node:test";
import { FakeSocket } from "./socket.mjs";
import { client } from "./tsc.mjs";

export const url = "ws://host.example:8000/ws/connect";
export const user = { id: 1, username: "Ann", company_id: 0, session_id: "G1" };

export let seg; // the package
before(async () => {
  seg = await client();
});

export let errors; // what onError has been told in this test
beforeEach(() => {
  errors = [];
});

// A client and its socket, not open yet.
export function connecting(options = {}) {
  const client = seg.connect(url, { clientId: "me", WebSocket: FakeSocket, onError: (error) => errors.push(error), ...options });
  return { client, socket: FakeSocket.all.at(-1) };
}

export function connected(options) {
  const made = connecting(options);
  made.socket.open();
  return made;
}

// A broadcast.
export const event = (seq, type = "api-create_user", data = { session_id: "G1", user }) => ({
  type, data, seq, session_id: "G1", timestamp: seq,
});
