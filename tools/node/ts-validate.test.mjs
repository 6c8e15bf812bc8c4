// The TypeScript validators agree with the Go codec on every example of the protocol and on 10,000 values of two protocols, except
// for what JSON.parse hides.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { test } from "vitest";
import { connected, errors, event, following } from "./lib/fake-client.mjs";
import { entry, temporary } from "./lib/package.mjs";
import { command, repository } from "./lib/tsc.mjs";

const seg = await entry("validators");

// The validators of the second protocol.
async function second() {
  const outfile = join(await temporary(), "validators.mjs");
  const source = join(repository, "tools/schemagen/testdata/chat/gen/ts/src/validators.ts");
  await build({ entryPoints: [source], bundle: true, format: "esm", outfile });
  return import(pathToFileURL(outfile));
}

// The verdict on a text, as a client would come to it.
function judge({ check }, definition, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { path: "", message: error.message };
  }
  return check(definition, value);
}

// The two readers of uri and email disagreed on 78 texts, and neither followed its RFC. The Go reader is compared with the same grammars.
test("the formats follow the grammars of the RFCs", async () => {
  const { formats } = await entry("formats");
  const text = await command("go", ["run", "./tools/node/values", "-formats", "-count", "5000"], { cwd: repository });
  const seen = {};
  for (const line of text.trim().split("\n")) {
    const { type, text: value, ok } = JSON.parse(line);
    assert.equal(formats[type](value), ok, `${type} ${JSON.stringify(value)}`);
    seen[`${type} ${ok}`] = (seen[`${type} ${ok}`] ?? 0) + 1;
  }
  assert.equal(Object.keys(seen).length, 8, JSON.stringify(seen));
  assert.ok(Math.min(...Object.values(seen)) > 500, JSON.stringify(seen));
});

test("10,000 values", async () => {
  const protocols = { seg, chat: await second() };
  const text = await command("go", ["run", "./tools/node/values", "-count", "10000"], { cwd: repository });
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, 10_000);
  const verdicts = { true: 0, false: 0 };
  let formats = 0;
  for (const line of lines) {
    const fault = judge(protocols[line.protocol], line.type, line.text);
    if (/must be an? (email|uri|uuid|date-time)$/.test(line.error)) {
      assert.equal(fault.path === "" ? fault.message : `${fault.path}: ${fault.message}`, line.error); // one text, article and all
      formats++;
    }
    assert.equal(fault === undefined, line.ok, `${line.protocol} ${line.type} ${line.text}\nGo: ${line.error}, TypeScript: ${JSON.stringify(fault)}`);
    verdicts[line.ok]++;
  }
  assert.ok(verdicts.true > 3000 && verdicts.false > 3000, JSON.stringify(verdicts));
  assert.ok(formats > 5, `values with invalid formats: got ${formats}, want more than 5`);
});

// The definitions of messages, by their types on the wire.
async function messages() {
  const found = new Map();
  for (const folder of ["types", "requests", "broadcasts"]) {
    for (const file of await readdir(join(repository, "schema", folder))) {
      const { definitions } = JSON.parse(await readFile(join(repository, "schema", folder, file), "utf8"));
      for (const [name, { "x-request": request, "x-broadcast": broadcast, "x-frame": frame, "x-answer-as": as }] of Object.entries(definitions)) {
        const type = request ?? broadcast ?? frame;
        if (type !== undefined) found.set(type, { name, broadcast: broadcast !== undefined, answersFrame: as === "frame" });
      }
    }
  }
  return found;
}

test("every example", async () => {
  const known = await messages();
  const folder = join(repository, "schema", "examples");
  const verdicts = { ok: 0, bad: 0, envelope: [] };
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const file of await readdir(join(folder, entry.name))) {
      let text = await readFile(join(folder, entry.name, file), "utf8");
      const ok = /(^|-)ok-/.test(file);
      let path = "";
      if (!ok) {
        const bad = JSON.parse(text);
        text = bad.text ?? JSON.stringify(bad.frame ?? bad.value);
        path = bad.path ?? "";
      }
      const message = known.get(entry.name);
      let fault;
      if (file.startsWith("response-")) {
        const { data } = JSON.parse(text);
        if (message.answersFrame) fault = data === null ? undefined : { message: "must be null" };
        else fault = typeof data?.error === "string" ? seg.check("ErrorData", data) : seg.validators.answer(entry.name, data);
      } else if (message?.broadcast) {
        fault = seg.validators.event(entry.name, JSON.parse(text).data);
      } else {
        fault = judge(seg, message?.name ?? entry.name, text);
      }
      if (!ok && fault === undefined) verdicts.envelope.push([`${entry.name}/${file}`, path]);
      else assert.equal(fault === undefined, ok, `${entry.name}/${file}: ${JSON.stringify(fault)}`);
      verdicts[ok ? "ok" : "bad"]++;
    }
  }
  assert.ok(verdicts.ok > 100 && verdicts.bad > 100, `values: got ${verdicts.ok} valid and ${verdicts.bad} invalid, want more than 100 of each`);
  // What no definition is about, and what JSON.parse does not tell.
  const rest = verdicts.envelope.filter(([, path]) => !/^\/(type|request_id|seq|session_id|timestamp|prev_seq)$/.test(path));
  assert.deepEqual(rest.map(([file]) => file).sort(), hidden.examples);
});

// Details that a validator cannot see after JSON.parse; the documentation of validate.ts lists it.
const hidden = {
  examples: ["create-user/request-bad-duplicate.json"],
  vectors: [
    ["duplicate", "Any", '{"a":1,"a":1}'],
    ["precision", "Unbounded", '{"cents":0.010000000000000000001}'],
    ["precision", "Unbounded", '{"even":9007199254740993}'],
    ["underflow", "Unbounded", '{"positive":1e-400}'],
    ["overflow", "Any", "1e400"],
  ],
};

test("the differences to the Go codec are those that JSON.parse causes", async () => {
  const { check } = await second();
  for (const [kind, type, text] of hidden.vectors) {
    const known = { duplicate: undefined, precision: undefined, underflow: "must be greater than 0", overflow: undefined }[kind];
    assert.equal(check(type, JSON.parse(text))?.message, known, text);
  }
  const source = await readFile(join(repository, "tools/schemagen/internal/tsgen/runtime/validate.ts"), "utf8");
  for (const [kind] of hidden.vectors) assert.match(source, new RegExp(` - ${kind}: `), kind);
});

// The codec keeps it as text; it was refused here for not fitting into 64 bits.
test("an integer in a field with several types may have any size", async () => {
  const { check } = await second();
  assert.equal(check("RequestID", 1e30), undefined);
  assert.equal(check("RequestID", 1.5).message, "must be an integer");
  assert.equal(check("Unbounded", { integer: 1e30 }).path, "/integer");
});

test("messages have the correct article before a format", async () => {
  const { check } = await second();
  assert.equal(check("Unbounded", { mail: "x" }).message, "must be an email");
  assert.equal(check("MemberID", "x").message, "must be a uuid");
});

test("a fault has the path and the message", () => {
  const user = { id: 1, username: "Ann", company_id: 0, session_id: "G1" };
  assert.equal(seg.check("User", user), undefined);
  assert.deepEqual(seg.check("User", { ...user, id: -1 }), { path: "/id", message: "must be 1 at least" });
  assert.deepEqual(seg.check("UserList", [user, { ...user, username: "" }]), { path: "/1/username", message: "must have 1 character at least" });
  const { username: _, ...nameless } = user;
  assert.deepEqual(seg.check("User", nameless), { path: "/username", message: "is required" });
  assert.throws(() => seg.check("toString", 1), TypeError);
  assert.equal(seg.validators.answer("no-such", 1), undefined);
  assert.equal(seg.validators.event("toString", 1), undefined);
});

test("an invalid answer rejects its call", async () => {
  const { client, socket } = connected({ validate: seg.validators });
  const call = client.getUsers();
  socket.answer(0, [{ id: "one" }]);
  await assert.rejects(call, (error) => {
    assert.deepEqual([error.name, error.code, error.requestType], ["ProtocolError", "protocol", "get-users"]);
    assert.deepEqual(error.details, [{ path: "/0/id", message: "must be an integer" }]);
    return true;
  });
  const pong = client.ping();
  socket.receive({ type: "pong", timestamp: "", client_id: "", content: 1 });
  socket.answer(1, null);
  await assert.rejects(pong, { name: "ProtocolError", message: /client_id/ });
  assert.equal(errors.length, 1, "onError gets the frame's error too");
  client.close();
});

test("an invalid event goes to onError and is replaced by a resync", () => {
  const { client, socket } = following(0, { validate: seg.validators });
  errors.length = 0; // the welcome of this test's server names no contract
  const all = [];
  client.on("*", (e) => all.push(e));
  socket.receive(event(1, "api-user_deleted", { user_id: "?" }));
  socket.receive(event(2));
  assert.deepEqual(errors.map((error) => error.details), [[{ path: "/user_id", message: "must be an integer" }]]);
  assert.deepEqual(all, [{ type: "resync", session_id: "G1", epoch: "e1", last_seq: 1, reason: "invalid" }, event(2)]);
  assert.deepEqual(client.position, { epoch: "e1", seq: 2 });
  client.close();
});
