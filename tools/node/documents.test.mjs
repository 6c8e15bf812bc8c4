// What the documents show as code compiles, runs, and does what they say.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, test } from "vitest";
import { WebSocket } from "ws";
import { temporary } from "./lib/package.mjs";
import { serve } from "./lib/server.mjs";
import { modules, repository, tsc } from "./lib/tsc.mjs";

const run = promisify(execFile);

// The code of a document in one language.
async function code(document, language) {
  const text = await readFile(join(repository, document), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter((match) => match[1] === language).map((match) => match[2]);
}

let server;
beforeAll(async () => (server = await serve()));
afterAll(() => server?.stop());

test("the TypeScript of the client's README compiles", async () => {
  const pieces = await code("gen/ts/README.md", "ts");
  assert.ok(pieces.length >= 4, `TypeScript listings: got ${pieces.length}, want at least 4`);
  const folder = await temporary();
  for (const [i, piece] of pieces.entries()) {
    // Later pieces go on from what the first one has.
    const before = i === 0 ? "" : "import { connect } from 'seg-client';\ndeclare const url: string;\n";
    const given = /^const client/m.test(piece) ? "" : "const client = connect(url, { clientId: 'me' });\n";
    // What a comment stands for in a call differs from protocol to protocol.
    const filled = piece.replace("(/* type, data, session */)", "('api-user_deleted', { user_id: 1 })");
    await writeFile(join(folder, `piece${i}.ts`), before + (i === 0 ? "" : given) + filled);
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const source = (name) => [join(repository, `gen/ts/src/${name}.ts`)];
  const paths = {
    react: [join(modules, "@types/react/index.d.ts")], vue: [join(modules, "vue/dist/vue.d.mts")], "seg-client": source("index"),
    "seg-client/validators": source("validators"), "seg-client/react": source("react"), "seg-client/vue": source("vue"), "seg-client/testing": source("testing"),
  };
  const compilerOptions = { rootDir: "/", noEmit: true, noUnusedLocals: false, lib: ["ES2024", "DOM"], types: ["node"], typeRoots: [join(modules, "@types")], paths };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(repository, "gen/ts/tsconfig.json"), compilerOptions, include: [folder] }));
  await tsc(folder);
}, 60_000);

test("the first call in README.md gets the frames in README.md", async () => {
  const [script] = await code("README.md", "js");
  const [shown] = await code("README.md", "");
  const got = [];
  await new Promise((resolve, reject) => {
    class Here extends WebSocket {
      constructor(url) {
        super(url.replace("ws://localhost:8000", `ws://${server.address}`));
        this.onerror = reject;
      }
    }
    const console = { log: (frame) => (got.push(frame), got.length === 3 && resolve()) };
    const socket = new Function("WebSocket", "console", `${script}; return ws;`)(Here, console);
    socket.on("close", (status, reason) => reject(new Error(`closed with ${status} ${reason} after ${JSON.stringify(got)}`)));
  });
  const lines = shown.trim().split("\n");
  assert.equal(lines.length, got.length);
  // A … stands for anything, or for more members.
  const anything = Symbol("anything");
  const within = (part, whole, path) => {
    if (part === anything) return assert.notEqual(whole, undefined, path);
    if (typeof part !== "object") return assert.equal(whole, part, path);
    for (const [key, value] of Object.entries(part)) within(value, whole?.[key], `${path}/${key}`);
  };
  for (const [i, line] of lines.entries()) {
    const value = new Function("anything", `return (${line.replaceAll(/(\{|, )…\}/g, (_, before) => (before === "{" ? "{}" : "}")).replaceAll("…", "anything")})`);
    within(value(anything), got[i], `${i}`);
  }
});

// Commands that run until they are told to end, or for long: their flags are checked only.
const lasting = /^seg (watch|load) |seg serve/;

test("the commands in cmd/seg/README.md work", async () => {
  const [script] = await code("cmd/seg/README.md", "sh");
  const folder = await temporary();
  const binary = join(repository, "bin");
  const env = { ...process.env, PATH: `${binary}:${process.env.PATH}`, SEG_PASSWORD: "your-password", SEG_URL: server.url, SEG_DATABASE_URL: `sqlite://${folder}/other.db` };
  const sh = async (line) => {
    try {
      return (await run("bash", ["-euo", "pipefail", "-c", line], { env, cwd: folder })).stdout;
    } catch (error) {
      throw new Error(`${line}: ${error.message}\n${error.stdout}${error.stderr}`, { cause: error });
    }
  };
  const told = {};
  let count = 0;
  for (const line of script.trim().split("\n")) {
    const [command, remark = ""] = line.split(/\s+#\s*/);
    if (command.startsWith("export ")) continue; // told to the server above
    const also = /then: (.*)$/.exec(remark)?.[1].split("; ") ?? [];
    for (const one of [command, ...also]) {
      if (/^seg (backup|doctor)/.test(one)) {
        await sh(`${one} --help`); // they read the server's own database, which lies elsewhere here
      } else {
        told[one] = await sh(lasting.test(one) ? `${one} --help` : one);
      }
      count++;
    }
  }
  assert.ok(count >= 10, `commands: got ${count}, want at least 10`);
  assert.equal(JSON.parse(told["seg call get-users session_id=G1 --json"])[0].username, "Ann");
}, 60_000);

test("the shortened document in schema/README.md is part of the real one", async () => {
  const [shown] = await code("schema/README.md", "json");
  const real = JSON.parse(await readFile(join(repository, "schema/requests/user.json"), "utf8"));
  const within = (part, whole, path) => {
    if (path.endsWith("/description")) return assert.ok(whole?.startsWith(part), path);
    if (Array.isArray(part)) return assert.deepEqual(part.filter((one) => !whole.includes(one)), [], path);
    if (part === null || typeof part !== "object") return assert.deepEqual(part, whole, path);
    for (const [key, value] of Object.entries(part)) within(value, whole?.[key], `${path}/${key}`);
  };
  within(JSON.parse(shown).definitions, real.definitions, "");
});
