// The packed npm package: complete, small and usable.

import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, test } from "vitest";
import { folder as built, temporary } from "./lib/package.mjs";
import { command, modules, tsc } from "./lib/tsc.mjs";

// The most that a bundle of a program that connects may have, in bytes after gzip, and what may come on top of it.
const limits = { connect: 7000, react: 1000, vue: 1000 };

let pkg, unpacked, tarball;
beforeAll(async () => {
  const folder = await temporary();
  const left = ["dist", "node_modules"]; // it is built by its own script
  await cp(built, folder, { recursive: true, filter: (source) => !left.includes(source.slice(built.length + 1)) });
  await symlink(modules, join(folder, "node_modules"));
  pkg = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const [{ filename }] = JSON.parse(await command("npm", ["pack", "--json", "--ignore-scripts=false", "--foreground-scripts=false"], { cwd: folder }));
  tarball = join(folder, filename);
  unpacked = join(await temporary(), "node_modules", pkg.name);
  await mkdir(unpacked, { recursive: true });
  await command("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"]);
  for (const peer of ["react", "@types", "vue", "@vue", "csstype", "@babel", "entities", "estree-walker", "source-map-js", "magic-string"]) {
    await symlink(join(modules, peer), join(unpacked, "..", peer)).catch(() => {});
  }
});

test("the packed package has exactly the expected files", async () => {
  assert.deepEqual((await readdir(unpacked)).sort(), ["README.md", "dist", "package.json", "src"]);
  for (const kind of ["dist", "dist/cjs"]) {
    const files = new Set(await readdir(join(unpacked, kind)));
    for (const source of await readdir(join(unpacked, "src"))) {
      for (const end of [".js", ".js.map", ".d.ts", ".d.ts.map"]) assert.ok(files.has(source.replace(/\.ts$/, end)), `${kind}: ${source}${end}`);
    }
  }
  assert.deepEqual([pkg.dependencies, pkg.sideEffects], [undefined, false]);
  assert.deepEqual(Object.keys(pkg.peerDependenciesMeta).filter((name) => pkg.peerDependenciesMeta[name].optional), Object.keys(pkg.peerDependencies));
  const own = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
  for (const [name, version] of Object.entries(pkg.devDependencies)) assert.equal(own.devDependencies[name], version, `version of ${name} in both package.json files`);
});

test("publint finds nothing", async () => {
  const { messages } = await publint({ pkgDir: unpacked, strict: true, pack: false });
  assert.deepEqual(messages.filter((m) => m.type !== "suggestion").map((m) => formatMessage(m, pkg)), []);
});

test("the types are correct for every module resolution", async () => {
  const { problems, types, entrypoints } = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  assert.equal(types.kind, "included");
  assert.deepEqual(Object.keys(entrypoints).sort(), [".", "./react", "./testing", "./types", "./validators", "./vue"]);
  assert.deepEqual(problems, []);
});

test("an installed package can be imported and compiled against as ES module and CommonJS", async () => {
  const user = join(unpacked, "..", "..");
  await writeFile(join(user, "package.json"), '{"type": "module"}');
  const source = `
import { connect, SegError, type ServerEvent } from "${pkg.name}";
import { useLive } from "${pkg.name}/react";
import { createFakeServer } from "${pkg.name}/testing";
import { Stage } from "${pkg.name}/types";
import { check, validators } from "${pkg.name}/validators";
import { useLive as useLiveInVue } from "${pkg.name}/vue";
export const server = createFakeServer({ "get-users": () => [] });
export const client = connect("ws://localhost", { clientId: "me", WebSocket: server.WebSocket, validate: validators });
export const events: ServerEvent[] = [];
export const values: string[] = [Stage.FreeUserConnect, SegError.name];
export const all = [check, useLive, useLiveInVue];
`;
  await writeFile(join(user, "use.ts"), source);
  await writeFile(join(user, "use.cts"), source);
  for (const [module, moduleResolution, files] of [["NodeNext", "NodeNext", ["use.ts", "use.cts"]], ["ESNext", "Bundler", ["use.ts"]]]) {
    const compilerOptions = { target: "ES2022", lib: ["ES2022", "DOM"], types: [], module, moduleResolution, strict: true, noEmit: true, skipLibCheck: false };
    const config = join(user, "tsconfig.json");
    await writeFile(config, JSON.stringify({ compilerOptions, files }));
    await tsc(config);
  }
  await writeFile(join(user, "use.mjs"), `import * as all from "${pkg.name}"; console.log(Object.keys(all).sort().join(" "))`);
  await writeFile(join(user, "use.cjs"), `
const all = require("${pkg.name}");
for (const entry of ["types", "validators", "testing", "react", "vue"]) require("${pkg.name}/" + entry);
console.log(Object.keys(all).sort().join(" "))`);
  const names = (await command(process.execPath, [join(user, "use.mjs")])).trim();
  assert.equal((await command(process.execPath, [join(user, "use.cjs")])).trim(), names);
  for (const name of ["connect", "Client", "SegError", "ErrorCode", "contractHash"]) assert.ok(names.split(" ").includes(name), name);
});

// Bundles code that uses the package, as a web page would, and returns its length after gzip.
async function size(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(unpacked, "..", "..") },
    bundle: true, minify: true, format: "esm", target: "es2022", write: false, external: ["react", "vue"],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test("bundles stay within their limits and do not contain unused code", async () => {
  const sizes = {
    connect: await size(`import { connect } from "${pkg.name}"; globalThis.connect = connect`),
    everything: await size(`export * from "${pkg.name}"`),
    "connect with validators": await size(`import { connect } from "${pkg.name}"; import { validators } from "${pkg.name}/validators"; globalThis.all = [connect, validators]`),
    react: await size(`export * from "${pkg.name}/react"`),
    vue: await size(`export * from "${pkg.name}/vue"`),
    testing: await size(`export * from "${pkg.name}/testing"`),
    "one enum": await size(`import { Stage } from "${pkg.name}"; console.log(Stage.Game)`),
  };
  console.log(`the client in bytes, minified and gzipped:\n${Object.entries(sizes).map(([name, bytes]) => `  ${name.padEnd(24)}${bytes}`).join("\n")}`);
  for (const [name, limit] of Object.entries(limits)) assert.ok(sizes[name] <= limit, `${name}: ${sizes[name]} B, at most ${limit}`);
  assert.ok(sizes["one enum"] < 300);
});

// The files that declare what an entry offers, each with the names that it offers; undefined: all of them.
async function offered() {
  const found = new Map([["baseClient", new Set(["BaseClient", "Params", "Answer", "RequestType", "ConnectOptions"])], ["types", undefined]]);
  for (const { import: { types } } of Object.values(pkg.exports)) {
    const text = await readFile(join(unpacked, types), "utf8");
    if (/export (declare )?(const|function|interface)/.test(text)) found.set(types.match(/(\w+)\.d\.ts$/)[1], undefined);
    for (const [, names, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from "\.\/(\w+)\.js"/g)) {
      if (!found.has(from)) found.set(from, new Set());
      for (const name of names.split(",")) found.get(from)?.add(name.replace("type ", "").trim());
    }
  }
  return found;
}

// Members that say nothing beyond their own type: which class or which event it is.
const tells = /^ {4}readonly (name|type|reason|state)(\?)?[:=; ]/;

test("everything public is documented", async () => {
  const bare = [];
  let documented = 0;
  for (const [file, names] of await offered()) {
    const lines = (await readFile(join(unpacked, "dist", `${file}.d.ts`), "utf8")).split("\n");
    let open = false; // inside of something that has members and is public
    for (const [i, line] of lines.entries()) {
      const [, kind, name] = /^export (?:declare )?(?:abstract )?(class|function|const|interface|type) (\w+)/.exec(line) ?? [];
      const isPublic = name !== undefined && (names === undefined || names.has(name));
      if (name !== undefined) open = isPublic && ["class", "interface", "const"].includes(kind);
      const member = open && /^ {4}(readonly |static |get )*["\w$*-]+(\??: |\(|<)/.test(line) && !line.startsWith("    constructor(") && !tells.test(line);
      if (!isPublic && !member) continue;
      if (lines[i - 1]?.trim().endsWith("*/")) documented++;
      else bare.push(`${file}.d.ts:${i + 1}: ${line.trim()}`);
    }
  }
  assert.deepEqual(bare, []);
  assert.ok(documented > 500, `documented names: got ${documented}, want more than 500`);
});
