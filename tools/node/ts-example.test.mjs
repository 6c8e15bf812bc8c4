// Every line of the example app runs against the real program. The README of the client has the same file.

import assert from "node:assert/strict";
import { Session } from "node:inspector/promises";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, test, vi } from "vitest";
import WebSocket from "ws";
import { until } from "./lib/events.mjs";
import { entry, folder, temporary } from "./lib/package.mjs";
import { proxy } from "./lib/proxy.mjs";
import { serve } from "./lib/server.mjs";
import { repository } from "./lib/tsc.mjs";

const source = fileURLToPath(new URL("../../schema/client-example.mjs", import.meta.url));
let server, net;
beforeAll(async () => {
  server = await serve();
  net = await proxy(server.address);
});
afterAll(async () => {
  await net?.close();
  await server?.stop();
});

// The app as somebody has it who has installed the package. It lies among the modules so that vitest leaves it as it is: what it
// changes, to import it, shows in what has been run.
async function installed() {
  const place = join(await temporary(), "node_modules");
  await mkdir(join(place, "app"), { recursive: true });
  await symlink(folder, join(place, "seg-client"));
  await writeFile(join(place, "app", "app.mjs"), await readFile(source));
  return pathToFileURL(join(place, "app", "app.mjs")).href;
}

// The lines of a script that have not been run.
async function missed(inspector, url) {
  const { result } = await inspector.post("Profiler.takePreciseCoverage");
  const { functions } = result.find((script) => script.url === url);
  const text = await readFile(new URL(url), "utf8");
  const lines = new Set();
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      if (count > 0) continue;
      const first = text.slice(0, startOffset).split("\n").length;
      text.slice(startOffset, endOffset).split("\n").forEach((line, i) => /\w/.test(line.replace(/\/\/.*/, "")) && lines.add(`${first + i}: ${line.trim()}`));
    }
  }
  return [...lines];
}

// A lobby whose first reading is refused once, the second one once, and the third one until it is closed.
async function refusedReadings(openLobby) {
  const [{ createFakeServer }, { SegError }] = await Promise.all([entry("testing"), entry("index")]);
  const shown = [];
  const user = (id, username) => ({ id, username, company_id: 0, session_id: "L3" });
  const there = [user(1, "Ann")];
  let refusals = 1;
  const fake = createFakeServer({
    "get-users": () => {
      if (refusals-- > 0) throw new SegError("Too many messages", "rate_limited");
      return there;
    },
  });
  const lobby = openLobby({ url: "ws://fake/", sessionId: "L3", player: "ann", password: "p", WebSocket: fake.WebSocket, show: (now) => shown.push(now) });
  await lobby.ready;
  assert.equal(fake.requests.length, 2);
  assert.equal(shown.at(-1).users.join(), "Ann");

  refusals = 1;
  fake.forget("L3"); // so the list is read again
  await until(() => fake.requests.length === 3);
  there.push(user(2, "Bob"));
  fake.broadcast("api-create_user", { session_id: "L3", user: user(2, "Bob") }, "L3");
  await until(() => shown.at(-1).users.join() === "Ann,Bob");

  refusals = Infinity;
  fake.forget("L3");
  await until(() => fake.requests.length === 5);
  await lobby.close();
  assert.equal(shown.at(-1).state, "closed");
}

test("every line of the example runs", async () => {
  const inspector = new Session();
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const url = await installed();
  const { openLobby } = await import(/* @vite-ignore */ url);
  const seg = await entry("index");
  const admin = seg.connect(server.url, { clientId: "admin", password: "your-password", WebSocket });
  await admin.createSession({ session_id: "L1" });

  const shown = [];
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  // One frame is changed on its way: the server of the first connection speaks another protocol.
  let others = 1;
  class OtherSocket extends WebSocket {
    set onmessage(listen) {
      super.onmessage = listen && (({ data }) => listen({ data: others-- > 0 ? data.replace(/"contract":"[0-9a-f]{64}"/, `"contract":"${"f".repeat(64)}"`) : data }));
    }
  }
  const lobby = openLobby({ url: net.url, sessionId: "L1", player: "ann", password: "your-password", WebSocket: OtherSocket, show: (now) => shown.push(now) });
  const history = lobby.history(4);
  await lobby.ready;
  await admin.createUser({ user_id: 1, username: "Early", session_id: "L1" });
  await until(() => shown.at(-1)?.users.join() === "Early");
  assert.equal(await lobby.join(2, "Ann"), "welcome, Ann");
  assert.equal(await lobby.join(2, "Bob"), "this number is taken");
  await assert.rejects(lobby.join(-1, "Bob"), { code: "invalid_field" });
  await lobby.rename(2, "Anna");
  await until(() => shown.at(-1)?.users.join() === "Anna,Early");
  net.cut();
  await lobby.leave(1);
  await until(() => shown.at(-1)?.users.join() === "Anna");
  assert.deepEqual(await history, ["api-create_user", "api-create_user", "api-update_user", "api-user_deleted"]);
  assert.ok(shown.some(({ state }) => state === "waiting"));
  assert.equal(warned.mock.calls.length, 1);

  // The session gets a new epoch while the client is away, and an event arrives while it reads the state.
  const slow = lobby.history(1);
  net.down();
  await admin.deleteSession({ session_id: "L1", really: true });
  await admin.createSession({ session_id: "L1" });
  await admin.createUser({ user_id: 5, username: "Eve", session_id: "L1" });
  net.up();
  assert.deepEqual(await slow, ["resync"]);
  await until(() => shown.at(-1)?.users.join() === "Eve");
  assert.equal((await lobby.close()).closeCode, 1000);
  assert.deepEqual(await lobby.history(1), [], "events after the end");

  // Over a fake server, what only a race would bring about: an event and another reading while the list is read.
  const { createFakeServer } = await entry("testing");
  const gates = [];
  const fake = createFakeServer({ "get-users": () => new Promise((resolve) => gates.push(resolve)) });
  const other = openLobby({ url: "ws://fake/", sessionId: "L2", player: "bob", password: "p", WebSocket: fake.WebSocket, show: (now) => shown.push(now) });
  await until(() => gates.length === 1);
  const user = (id, username) => ({ id, username, company_id: 0, session_id: "L2" });
  fake.forget("L2");
  gates[0]([user(1, "Old")]);
  await until(() => gates.length === 2);
  fake.broadcast("api-create_user", { session_id: "L2", user: user(2, "New") }, "L2");
  fake.broadcast("api-company_name_updated", { company_id: 1, old_name: "A", new_name: "B" }, "L2");
  gates[1]([user(1, "Now")]);
  await until(() => shown.at(-1)?.users.join() === "New,Now");
  await other.ready;
  fake.forget("L2");
  await until(() => fake.requests.length === 3);
  await Promise.all([other.close(), admin.close()]);
  await refusedReadings(openLobby);

  assert.deepEqual(await missed(inspector, url), []);
  inspector.disconnect();
  warned.mockRestore();
});

// A reading that was refused left the lobby waiting for it: everything that happened was kept for later, and nothing drawn.
test("a refused read is tried again", async () => {
  const { openLobby } = await import(/* @vite-ignore */ await installed());
  await refusedReadings(openLobby);
});

test("the example is short and is in the client's README", async () => {
  const text = await readFile(source, "utf8");
  assert.ok(text.split("\n").length < 100);
  const readme = await readFile(join(repository, "gen/ts/README.md"), "utf8");
  const [, shown] = /## A complete example\s*```js\n(.*?)```/s.exec(readme) ?? [];
  assert.equal(shown, text, "the example in gen/ts/README.md equals schema/client-example.mjs");
});
