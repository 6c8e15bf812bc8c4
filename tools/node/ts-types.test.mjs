// The generated TypeScript under the strict compiler: the package, the runtime where it lies, the second protocol, and the golden
// cases of the generator, each with its check.ts. A line with expect-error that has none is an error too.

import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { repository, temporary, tsc } from "./lib/tsc.mjs";

const generator = join(repository, "tools", "schemagen");
const runtime = join(generator, "internal", "tsgen", "runtime");

for (const [name, folder] of Object.entries({
  "the package": join(repository, "gen", "ts"),
  "the package of the second protocol": join(generator, "testdata", "chat", "gen", "ts"),
  "the runtime where it lies": runtime,
  "users of the package": join(repository, "tools", "node", "types"),
})) {
  test(`${name} compiles`, () => tsc(folder, "--noEmit", "--noUnusedLocals", "--noUnusedParameters", "false"));
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
    for (const [path, text] of parts(await readFile(join(golden, name), "utf8"))) {
      const target = path === "check.ts" ? path : /^want\/ts\/src\/(.+)$/.exec(path)?.[1];
      if (target === undefined) continue;
      if (target === "check.ts") checks++;
      await mkdir(dirname(join(src, target)), { recursive: true });
      await writeFile(join(src, target), text);
    }
  }
  assert.ok(checks >= 8, `${checks} checks`);
  const config = JSON.parse((await readFile(join(repository, "gen", "ts", "tsconfig.json"), "utf8")).replace(/^\/\/.*\n/, ""));
  Object.assign(config.compilerOptions, { rootDir: ".", noEmit: true });
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: ["**/*.ts"] }));
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  await tsc(folder);
});
