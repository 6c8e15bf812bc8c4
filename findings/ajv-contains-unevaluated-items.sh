#!/bin/sh
# Tried: ajv 8.20.0, @cfworker/json-schema 4.1.6, @hyperjump/json-schema 1.18.0 and typebox 1.4.3,
#        draft 2020-12, 2026-12-01.
# Guess: validators that all pass most of the official suite agree on two keywords of the draft.
#        Items that contains matches count as evaluated (2020-12 core, 10.3.1.3), and no others.
# Seen:  ajv takes all items as evaluated, so that unevaluatedItems: false accepts an item that
#        nothing describes. With minContains: 0 it takes none as evaluated and refuses what contains
#        matches. The other three agree with the draft each time.
# Here:  the generator refuses both keywords; a peer's schema that has them must not be judged by
#        ajv alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact \
  ajv@8.20.0 @cfworker/json-schema@4.1.6 @hyperjump/json-schema@1.18.0 typebox@1.4.3 || exit 2

cat > run.mjs <<'JS'
import { Validator } from "@cfworker/json-schema";
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";
import Ajv from "ajv/dist/2020.js";
import { Check } from "typebox/schema";

const string = { contains: { type: "string" } };
let count = 0;
for (const [schema, value] of [
  [{ ...string, unevaluatedItems: false }, ["a"]],
  [{ ...string, unevaluatedItems: false }, ["a", 1]],
  [{ ...string, unevaluatedItems: { type: "integer" } }, ["a", null]],
  [{ ...string, minContains: 0, unevaluatedItems: false }, ["a"]],
  [{ ...string, minContains: 0, unevaluatedItems: false }, [1]],
]) {
  const id = `https://schemas.example/${count++}`;
  registerSchema({ $schema: "https://json-schema.org/draft/2020-12/schema", ...schema }, id);
  const verdicts = {
    ajv: new Ajv({ strict: false }).validate(schema, value), cfworker: new Validator(schema, "2020-12").validate(value).valid,
    hyperjump: (await validate(id, value)).valid, typebox: Check(schema, value),
  };
  console.log(JSON.stringify(schema), JSON.stringify(value), JSON.stringify(verdicts));
}
JS
node run.mjs > got

cat > want <<'END'
{"contains":{"type":"string"},"unevaluatedItems":false} ["a"] {"ajv":true,"cfworker":true,"hyperjump":true,"typebox":true}
{"contains":{"type":"string"},"unevaluatedItems":false} ["a",1] {"ajv":true,"cfworker":false,"hyperjump":false,"typebox":false}
{"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}} ["a",null] {"ajv":true,"cfworker":false,"hyperjump":false,"typebox":false}
{"contains":{"type":"string"},"minContains":0,"unevaluatedItems":false} ["a"] {"ajv":false,"cfworker":true,"hyperjump":true,"typebox":true}
{"contains":{"type":"string"},"minContains":0,"unevaluatedItems":false} [1] {"ajv":false,"cfworker":false,"hyperjump":false,"typebox":false}
END
diff -u want got
