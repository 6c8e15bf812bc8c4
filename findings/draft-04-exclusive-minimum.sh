#!/bin/sh
# Tried: json-schema-faker 0.6.3 and typebox 1.4.3 with a schema of draft-04, judged by ajv-draft-04
#        1.0.0, 2026-12-01.
# Guess: the schema names its draft, in which exclusiveMinimum is a boolean. Tools read it so, or
#        refuse it.
# Seen:  the generator takes the boolean for the limit itself or drops it, and makes 5 each time: of
#        200 values not one is valid. TypeBox accepts 5 as well. Neither reports anything.
# Here:  found while protocols that others publish in draft-04 were read. Nothing here uses the two.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact \
  json-schema-faker@0.6.3 typebox@1.4.3 ajv@8.20.0 ajv-draft-04@1.0.0 || exit 2

cat > run.mjs <<'JS'
import Ajv from "ajv-draft-04";
import { generate } from "json-schema-faker";
import { Check } from "typebox/schema";

const schema = { $schema: "http://json-schema.org/draft-04/schema#", type: "integer", minimum: 5, exclusiveMinimum: true, maximum: 7 };
const valid = (value) => new Ajv.default().validate(schema, value);
const made = new Set();
for (let i = 0; i < 200; i++) made.add(await generate(schema));
console.log("made:", [...made].join(), "valid:", [...made].filter(valid).join() || "none");
for (const value of [4, 5, 6, 7, 8]) console.log(value, "valid:", valid(value), "typebox:", Check(schema, value));
JS
node run.mjs > got

cat > want <<'END'
made: 5 valid: none
4 valid: false typebox: false
5 valid: false typebox: true
6 valid: true typebox: true
7 valid: true typebox: true
8 valid: false typebox: false
END
diff -u want got
