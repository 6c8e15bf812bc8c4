// A protocol whose fields, values and requests have the names of inherited members: its package compiles strictly and runs.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, test } from "vitest";
import { temporary } from "./lib/package.mjs";
import { command, modules, repository, tsc } from "./lib/tsc.mjs";

const archive = join(repository, "tools/schemagen/internal/tsgen/testdata/inherited.txtar");

let client, types, validators, testing;
beforeAll(async () => {
  const folder = await temporary();
  const text = await readFile(archive, "utf8");
  const schema = await temporary();
  for (const name of ["contract.json", "doc.json"]) await writeFile(join(schema, name), text.split(`-- ${name} --\n`)[1].split("\n-- ")[0]);
  await writeFile(join(folder, "go.mod"), "module inherited.test\n");
  await command("go", ["run", "./tools/schemagen", "generate", "--schema", schema, "--out", join(folder, "gen")], { cwd: repository });
  const made = join(folder, "gen", "ts");
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  const paths = { react: [join(modules, "@types/react/index.d.ts")], vue: [join(modules, "vue/dist/vue.d.mts")] };
  const config = { extends: join(made, "tsconfig.json"), compilerOptions: { paths, rootDir: join(made, "src"), outDir: join(made, "dist"), noEmitOnError: true }, include: [join(made, "src")] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await tsc(folder);
  [client, types, validators, testing] = await Promise.all(
    ["index", "types", "validators", "testing"].map((name) => import(pathToFileURL(join(made, "dist", `${name}.js`)))),
  );
});

test("fields with the names of inherited members are checked", () => {
  const right = JSON.parse('{"constructor": "xy", "valueOf": "toString", "__proto__": 1}');
  const but = (text) => validators.check("Odd", JSON.parse(JSON.stringify(right).slice(0, -1) + `,${text}}`));
  assert.equal(validators.check("Odd", right), undefined);
  assert.equal(but('"toString": [{"valueOf": true}], "hasOwnProperty": 3, "isPrototypeOf": "__proto__", "toLocaleString": {"kind": "__proto__"}'), undefined);
  assert.deepEqual(validators.check("Odd", {}), { path: "/constructor", message: "is required" });
  assert.equal(but('"constructor": "x"').path, "/constructor");
  assert.equal(but('"__proto__": 0').path, "/__proto__");
  assert.equal(but('"toString": [{"valueOf": 1}]').path, "/toString/0/valueOf");
  assert.equal(but('"isPrototypeOf": "valueOf"').path, "/isPrototypeOf");
  assert.equal(but('"toLocaleString": {"kind": "valueOf"}').path, "/toLocaleString/kind");
});

test("the enum value __proto__ is a member, not the prototype", () => {
  assert.deepEqual(Object.keys(types.Name), ["__proto__", "constructor", "toString"]);
  assert.equal(Object.getPrototypeOf(types.Name), Object.prototype);
  assert.equal(types.Name["__proto__"], "__proto__");
});

test("requests and fields with the names of inherited members can be sent without parameters", async () => {
  const seen = [];
  const server = testing.createFakeServer({ constructor: (request) => void seen.push(request), valueof: () => ({ constructor: "xy", valueOf: "toString" }) });
  const me = client.connect("ws://fake", { clientId: "me", WebSocket: server.WebSocket });
  try {
    await me.constructor_();
    assert.equal((await me.valueof()).constructor, "xy");
    assert.equal(seen.length, 1);
    assert.ok(!Object.hasOwn(seen[0], "toString"));
  } finally {
    await me.close();
  }
});
