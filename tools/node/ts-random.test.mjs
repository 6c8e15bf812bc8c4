// The TypeScript validators of random schemas agree with the Go codec on thousands of values.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { test } from "vitest";
import { temporary } from "./lib/package.mjs";
import { command, modules, repository, tsc } from "./lib/tsc.mjs";

test("random schemas: the package compiles, and its validators agree with the Go codec", async () => {
  const folder = await temporary();
  const options = ["-random.schemas", "20", "-random.values", "150", "-random.out", folder];
  await command("go", ["test", "./tools/schemagen/internal/suite", "-count=1", "-run", "^TestRandom$", ...options], { cwd: repository });
  await writeFile(join(folder, "go.mod"), "module random.test\n");
  await command("go", ["run", "./tools/schemagen", "generate", "--schema", join(folder, "schema"), "--out", join(folder, "gen")], { cwd: repository });
  const made = join(folder, "gen/ts");
  const paths = { react: [join(modules, "@types/react/index.d.ts")], vue: [join(modules, "vue/dist/vue.d.mts")] };
  const config = { extends: join(made, "tsconfig.json"), compilerOptions: { paths, rootDir: made, noEmit: true }, include: [join(made, "src")] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await tsc(folder);
  const outfile = join(folder, "validators.mjs");
  await build({ entryPoints: [join(made, "src/validators.ts")], bundle: true, format: "esm", outfile });
  const { check } = await import(pathToFileURL(outfile));
  const verdicts = JSON.parse(await readFile(join(folder, "verdicts.json"), "utf8"));
  const seen = { true: 0, false: 0 };
  for (const { Name, Text, OK } of verdicts) {
    let fault;
    try {
      fault = check(Name, JSON.parse(Text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      fault = { message: error.message }; // one way to be wrong is to be no JSON
    }
    assert.equal(fault === undefined, OK, `${Name} ${Text}\n${JSON.stringify(fault)}`);
    seen[OK]++;
  }
  assert.ok(seen.true > 500 && seen.false > 500, JSON.stringify(seen));
});
