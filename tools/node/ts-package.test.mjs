// What npm packs: whole, small, and of use to those who install it.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { built, command, temporary, tsc } from "./lib/tsc.mjs";

// The most that a bundle with everything in it may have, in bytes after gzip; the goal for the client with resume is 6 kB.
const limit = 6000;

let folder, pkg, unpacked;
before(async () => {
  folder = await built();
  pkg = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const [{ filename }] = JSON.parse(await command("npm", ["pack", "--json", "--ignore-scripts"], { cwd: folder }));
  unpacked = join(await temporary(), "node_modules", pkg.name);
  await mkdir(unpacked, { recursive: true });
  await command("tar", ["-xzf", join(folder, filename), "-C", unpacked, "--strip-components=1"]);
});

test("the packed package has everything, and nothing else", async () => {
  assert.deepEqual((await readdir(unpacked)).sort(), ["README.md", "dist", "package.json", "src"]);
  const built = new Set(await readdir(join(unpacked, "dist")));
  for (const source of await readdir(join(unpacked, "src"))) {
    for (const end of [".js", ".js.map", ".d.ts", ".d.ts.map"]) assert.ok(built.has(source.replace(/\.ts$/, end)), source + end);
  }
  assert.equal(pkg.dependencies, undefined);
  const own = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
  assert.deepEqual(pkg.devDependencies, { typescript: own.devDependencies.typescript }, "both build with the same compiler");
  const { messages } = await publint({ pkgDir: unpacked, strict: true, pack: false });
  assert.deepEqual(messages.filter((m) => m.type !== "suggestion").map((m) => formatMessage(m, pkg)), []);
});

test("who installs it can import and compile against it, whatever the module resolution", async () => {
  const user = join(unpacked, "..", "..");
  await writeFile(join(user, "package.json"), '{"type": "module"}');
  await writeFile(join(user, "use.ts"), `
import { connect, RequestError, type ServerEvent } from "${pkg.name}";
import { Stage } from "${pkg.name}/types";
export const client = connect("ws://localhost", { clientId: "me" });
export const events: ServerEvent[] = [];
export const values: string[] = [Stage.FreeUserConnect, RequestError.name];
`);
  for (const [module, moduleResolution] of [["NodeNext", "NodeNext"], ["ESNext", "Bundler"]]) {
    const compilerOptions = { target: "ES2022", lib: ["ES2022", "DOM"], types: [], module, moduleResolution, strict: true, noEmit: true, skipLibCheck: false };
    const config = join(user, "tsconfig.json");
    await writeFile(config, JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    await tsc(config);
  }
  await writeFile(join(user, "use.mjs"), `import * as all from "${pkg.name}"; console.log(Object.keys(all).join(" "))`);
  const names = (await command(process.execPath, [join(user, "use.mjs")])).trim().split(" ");
  for (const name of ["connect", "Client", "RequestError", "ErrorCode", "contractHash"]) assert.ok(names.includes(name), name);
});

// Bundles code that uses the package, as a web page would, and returns its length after gzip.
async function size(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(unpacked, "..", "..") },
    bundle: true, minify: true, format: "esm", target: "es2022", write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test("the bundle is small, and what is not used is not in it", async (t) => {
  const all = await size(`export * from "${pkg.name}"`);
  const client = await size(`import { connect } from "${pkg.name}"; globalThis.connect = connect`);
  const constant = await size(`import { Stage } from "${pkg.name}"; console.log(Stage.Game)`);
  t.diagnostic(`gzipped: everything ${all} B, connect ${client} B, one enum ${constant} B`);
  assert.ok(all <= limit, `${all} B`);
  assert.ok(client < all && constant < 300, `${client} B, ${constant} B`);
});
