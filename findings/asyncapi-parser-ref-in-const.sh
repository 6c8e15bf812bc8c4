#!/bin/sh
# Tried: @asyncapi/parser 3.6.3, with an AsyncAPI 3.1 document, 2026-12-01.
# Guess: const holds data, as JSON Schema says. A member called $ref in it stays what it is.
# Seen:  the parser replaces the constant by the schema that the member points to, and reports no
#        diagnostics. The document then accepts another value than its author wrote. If the member
#        points nowhere, the whole document is refused.
# Here:  the generator writes such a constant as an object schema without the key
#        (tools/schemagen/internal/docgen/reserved.go).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact @asyncapi/parser@3.6.3 || exit 2

cat > run.mjs <<'JS'
import { Parser } from "@asyncapi/parser";

const document = (value) => ({
  asyncapi: "3.1.0", info: { title: "Pointers", version: "1" },
  channels: { c: { address: "/", messages: { m: { payload: { const: value } } } } },
  operations: { o: { action: "receive", channel: { $ref: "#/channels/c" } } },
  components: { schemas: { Name: { type: "string", maxLength: 9 } } },
});
for (const value of [{ $ref: "#/components/schemas/Name" }, { $ref: "#/nowhere" }, { ref: "#/nowhere" }]) {
  const { document: parsed, diagnostics } = await new Parser().parse(document(value));
  const read = parsed?.messages().all()[0].payload().json().const;
  delete read?.["x-parser-schema-id"];
  console.log(JSON.stringify(value), "->", JSON.stringify(read), diagnostics.map((one) => one.code).join());
}
JS
node run.mjs > got

cat > want <<'END'
{"$ref":"#/components/schemas/Name"} -> {"type":"string","maxLength":9} 
{"$ref":"#/nowhere"} -> undefined invalid-ref
{"ref":"#/nowhere"} -> {"ref":"#/nowhere"} 
END
diff -u want got
