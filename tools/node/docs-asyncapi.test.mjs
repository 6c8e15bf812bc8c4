// The AsyncAPI document as readers of it get it: the official parser resolves its references, and another validator judges by what comes of it.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { test } from "vitest";
import { temporary } from "./lib/package.mjs";
import { command, repository } from "./lib/tsc.mjs";

const ours = join(repository, "gen", "docs");

// A part of an archive of the generator's tests.
async function part(archive, name) {
  const text = await readFile(join(repository, "tools/schemagen/internal/docgen/testdata", archive), "utf8");
  return text.split(`-- ${name} --\n`)[1].split(/^-- /m)[0];
}

// Where schemas stand inside a schema: as a value, in a list, by name.
const single = ["additionalProperties", "items", "not", "propertyNames"];
const lists = ["allOf", "anyOf", "items", "oneOf"];
const named = ["patternProperties", "properties"];

// A schema that shares parts, or contains itself, written with references.
function written(root) {
  const definitions = {}, known = new Map();
  const each = (part, use) => Object.fromEntries(Object.entries(part).map(([key, value]) => [key, use(value)]));
  const reference = (part) => {
    if (typeof part !== "object") return part; // true or false
    if (!known.has(part)) {
      const name = `d${known.size}`;
      known.set(part, name);
      const copy = { ...part };
      for (const keyword of lists) if (Array.isArray(copy[keyword])) copy[keyword] = copy[keyword].map(reference);
      for (const keyword of single) if (keyword in copy && !Array.isArray(copy[keyword])) copy[keyword] = reference(copy[keyword]);
      for (const keyword of named) if (keyword in copy) copy[keyword] = each(copy[keyword], reference);
      definitions[name] = copy;
    }
    return { $ref: `#/definitions/${known.get(part)}` };
  };
  return { ...reference(root), definitions };
}

// Reads a document as the parser understands it: by message, what judges its payload, and its examples, those that are given as text
// last.
async function understood(text) {
  const { document, diagnostics } = await new Parser().parse(text);
  assert.deepEqual(diagnostics, []);
  const ajv = new Ajv({ strict: false, ownProperties: true });
  addFormats(ajv);
  const messages = {};
  for (const message of document.components().messages()) {
    const texts = message.json("x-examples-as-text") ?? [];
    const examples = [...message.examples().all().map((one) => one.payload()), ...texts.map((one) => JSON.parse(one.payload))];
    messages[message.id()] = { check: ajv.compile(written(message.payload().json())), examples };
  }
  return messages;
}

test.each([
  ["the protocol", () => readFile(join(ours, "asyncapi.json"), "utf8"), 100],
  ["a protocol of odd names and texts", () => part("odd.txtar", "want/asyncapi.json"), 1],
])("the examples of %s are what their messages may be", async (_, read, least) => {
  const text = await read();
  const messages = await understood(text);
  let count = 0;
  for (const [name, { check, examples }] of Object.entries(messages)) {
    const given = JSON.parse(text).components.messages[name];
    assert.equal(examples.length, (given.examples ?? []).length + (given["x-examples-as-text"] ?? []).length, name);
    for (const example of examples) {
      assert.ok(check(example), `${name}: ${JSON.stringify(example)} ${JSON.stringify(check.errors)}`);
      // What judges them finds mistakes: every message has a type of its own.
      assert.ok(!check({ ...example, type: "another" }), name);
      count++;
    }
  }
  assert.ok(count >= least, `examples: got ${count}, want at least ${least}`);
}, 120_000);

test("the validator of this file detects an invalid example", async () => {
  const contract = JSON.parse(await readFile(join(ours, "asyncapi.json"), "utf8"));
  contract.components.messages["create-user"].examples[0].payload.username = 7;
  const { check, examples } = (await understood(JSON.stringify(contract)))["create-user"];
  assert.equal(check(examples[0]), false);
  assert.equal(check.errors[0].instancePath, "/username");
}, 120_000);

test("the parser does not resolve $ref in data", async () => {
  const archive = await readFile(join(repository, "tools/schemagen/internal/docgen/testdata/reserved.txtar"), "utf8");
  const folder = await temporary();
  for (const part of archive.split(/^-- /m).slice(1)) {
    const [, name, content] = /^(\S+) --\n(.*)$/s.exec(part);
    const path = join(folder, "schema", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await writeFile(join(folder, "go.mod"), "module pointers.test\n");
  await command("go", ["run", "./tools/schemagen", "generate", "--schema", join(folder, "schema"), "--out", join(folder, "gen")], { cwd: repository });
  const text = await readFile(join(folder, "gen/docs/asyncapi.json"), "utf8");
  const messages = await understood(text);
  const verdicts = JSON.parse(await readFile(join(folder, "schema/verdicts.json"), "utf8"));
  for (const [name, { accepted, refused }] of Object.entries(verdicts)) {
    assert.ok(accepted.length > 5 && refused.length > 5);
    const { check } = messages[name];
    const wrong = (frame) => check(Object.assign(frame, { type: name, "pass/word": "secret" })) ? undefined : JSON.stringify(check.errors);
    for (const frame of accepted) assert.equal(wrong(frame), undefined, JSON.stringify(frame));
    for (const frame of refused) assert.ok(wrong(frame), JSON.stringify(frame));
  }
  const { point, pointed } = JSON.parse(text).components.messages;
  assert.deepEqual(point.examples.map((one) => one.name), ["plain"]);
  assert.deepEqual([...point["x-examples-as-text"], ...pointed["x-examples-as-text"]].map((one) => one.name), ["reserved", "one"]);
  for (const name of ["point", "pointed"]) for (const example of messages[name].examples) assert.ok(messages[name].check(example), name);
}, 120_000);
