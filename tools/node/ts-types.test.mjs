// The generated TypeScript under the strict compiler: the package, the runtime sources, the second protocol, and the golden cases of
// the generator with their check.ts. An expect-error line without an error fails too.

import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "vitest";
import { temporary } from "./lib/package.mjs";
import { command, modules, repository, tsc } from "./lib/tsc.mjs";

const generator = join(repository, "tools", "schemagen");
const runtime = join(generator, "internal", "tsgen", "runtime");

// Where the types of the two peers lie, seen from anywhere.
const paths = { react: [join(modules, "@types/react/index.d.ts")], vue: [join(modules, "vue/dist/vue.d.mts")] };

// A project that compiles folders elsewhere as strictly as the package is compiled.
async function project(include, options = {}) {
  const folder = await temporary();
  const strict = { extends: join(repository, "gen/ts/tsconfig.json"), compilerOptions: { rootDir: "/", noEmit: true, paths, ...options }, include };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(strict));
  return folder;
}

test.each([
  ["the runtime where it lies", runtime],
  ["users of the package", join(repository, "tools/node/types")],
])("%s compile", (_, folder) => tsc(folder, "--noEmit"));

test("the packages of three protocols compile", async () => {
  const out = await temporary();
  const schema = join(await temporary(), "schema");
  await cp(join(generator, "testdata/tiny"), schema, { recursive: true });
  await writeFile(join(out, "go.mod"), "module example.test\n");
  await command("go", ["run", "./tools/schemagen", "generate", "--schema", schema, "--out", join(out, "gen")], { cwd: repository });
  const packages = [join(repository, "gen/ts"), join(generator, "testdata/chat/gen/ts"), join(out, "gen/ts")];
  await tsc(await project(packages.map((folder) => join(folder, "src")), { noUnusedLocals: true, noUnusedParameters: true }));
  const text = await readFile(join(out, "gen/ts/src/errors.ts"), "utf8");
  assert.match(text, /class TinyError extends Error/);
  assert.doesNotMatch(text, /ClientError/);
});

// Gives the class of all errors its name, as the generator does.
async function rename(folder, error) {
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll("ClientError", error));
  }
}

// Reads the files of a txtar archive.
function parts(text) {
  const found = new Map();
  let lines;
  for (const line of text.split(/(?<=\n)/)) {
    const name = /^-- (.+) --\n$/.exec(line)?.[1];
    if (name === undefined) lines?.push(line);
    else found.set(name, (lines = []));
  }
  return [...found].map(([name, lines]) => [name, lines.join("")]);
}

test("golden cases compile with their checks", async () => {
  const golden = join(generator, "internal", "tsgen", "testdata");
  const folder = await temporary();
  const cases = (await readdir(golden)).filter((name) => name.endsWith(".txtar") && !name.startsWith("refuse_"));
  assert.ok(cases.length >= 8, cases.join());
  let checks = 0;
  for (const name of cases) {
    const src = join(folder, name.replace(".txtar", ""));
    await cp(runtime, src, { recursive: true, filter: (source) => !/(json|messages\.ts)$/.test(source) });
    await cp(join(runtime, "messages.ts"), join(src, "messages.ts")); // overwritten where a case has its own
    const files = parts(await readFile(join(golden, name), "utf8"));
    const error = /export \{ .*, (\w+), TimeoutError \}/.exec(files.find(([path]) => path.endsWith("/index.ts"))?.[1])?.[1];
    if (error !== undefined) await rename(src, error);
    for (const [path, text] of files) {
      const target = path === "check.ts" ? path : /^want\/ts\/src\/(.+)$/.exec(path)?.[1];
      if (target === undefined) continue;
      if (target === "check.ts") checks++;
      await mkdir(dirname(join(src, target)), { recursive: true });
      await writeFile(join(src, target), text);
    }
  }
  assert.ok(checks >= 8, `expect-error lines: got ${checks}, want at least 8`);
  const config = JSON.parse((await readFile(join(repository, "gen", "ts", "tsconfig.json"), "utf8")).replace(/^\/\/.*\n/, ""));
  Object.assign(config.compilerOptions, { rootDir: ".", noEmit: true, paths });
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: ["**/*.ts"] }));
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  await tsc(folder);
});
