// What `schemagen init` begins, from an empty folder to a greeting between its server and its generated client, and what its server does with
// clients that are not so friendly. npm packages are those of this folder; nothing is fetched.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pass } from "node:timers/promises";
import { test } from "vitest";
import { WebSocket } from "ws";
import { temporary } from "./lib/package.mjs";
import { command, modules, repository } from "./lib/tsc.mjs";

test("a new protocol generates, builds and passes its own test", { timeout: 900_000 }, async (context) => {
  const folder = await temporary();
  const bin = join(folder, "bin");
  const project = join(folder, "hello");
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, GOFLAGS: "", GOPROXY: "off", NODE_OPTIONS: "" };
  await command("go", ["build", "-o", join(bin, "schemagen"), "./tools/schemagen"], { cwd: repository });
  await command(join(bin, "schemagen"), ["init", "--module", "example.com/hello", project], { cwd: folder });

  await command("go", ["generate", "./..."], { cwd: project, env });
  await command("go", ["vet", "./..."], { cwd: project, env });
  await install(project, "hello-client");
  const said = await command("npm", ["test"], { cwd: project, env });
  assert.match(said, /^# pass 1$/m);
  assert.match(said, /^# fail 0$/m);

  const { devDependencies } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const ours = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8")).devDependencies;
  for (const [name, version] of Object.entries(devDependencies)) assert.equal(ours[name], version, name);

  const server = spawn(join(project, "dist", "server"), ["--addr", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  context.onTestFinished(() => server.kill());
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  const url = new URL(line.replace("listening on ", ""));
  await pongsComeAfterTheDeadlineOfAnAnswer(url);
  await tooLargeRequestsEndTheConnection(url);
  await refusedHandshakesEndTheConnection(url);
});

async function pongsComeAfterTheDeadlineOfAnAnswer(url) {
  const socket = await opened(url);
  socket.send(JSON.stringify({ type: "greet", request_id: 1, data: { name: "Ann" } }));
  await once(socket, "message");
  await pass(1100); // an answer may take a second: this is what the server's deadline for it measures, and nothing tells that it is over
  socket.ping("still there?");
  const [what] = await Promise.race([once(socket, "pong"), once(socket, "close")]);
  assert.equal(String(what), "still there?");
  socket.terminate();
}

async function tooLargeRequestsEndTheConnection(url) {
  const fits = await opened(url);
  fits.send(" ".repeat(64 << 10));
  const [answer] = await Promise.race([once(fits, "message"), once(fits, "close")]);
  assert.match(String(answer), /"invalid_json"/);
  fits.terminate();

  const exceeds = await opened(url);
  exceeds.on("error", () => {}); // the connection may be reset
  exceeds.send(" ".repeat((64 << 10) + 1));
  const [code] = await Promise.race([once(exceeds, "close"), once(exceeds, "message")]);
  assert.equal(code, 1006);
}

async function refusedHandshakesEndTheConnection(url) {
  const socket = connect(url.port, url.hostname);
  let said = "";
  socket.on("data", (data) => (said += data));
  socket.write(`GET / HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
  await once(socket, "end");
  assert.match(said, /^HTTP\/1.1 4\d\d /);
}

async function opened(url) {
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
}

// Does what npm install would, with the packages that are here.
async function install(project, client) {
  const into = join(project, "node_modules");
  await mkdir(into);
  for (const name of await readdir(modules)) {
    if (!name.startsWith(".") || name === ".bin") await symlink(join(modules, name), join(into, name));
  }
  await symlink("../gen/ts", join(into, client));
}
