#!/bin/sh
# Tried: @asyncapi/parser 3.6.3, with one message in an AsyncAPI 2.6 and in an AsyncAPI 3.1
#        document, 2026-12-01.
# Guess: a document without diagnostics has no example that its own payload schema refuses. The
#        parser has a rule for it.
# Seen:  the rule belongs to version 2 only. The same wrong example is an error in 2.6 and draws
#        nothing in 3.0 and 3.1.
# Here:  a test validates every example by what the parser makes of the payload
#        (tools/node/docs-asyncapi.test.mjs).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact @asyncapi/parser@3.6.3 || exit 2

cat > run.mjs <<'JS'
import { Parser } from "@asyncapi/parser";

const info = { title: "Counters", version: "1" };
const message = { payload: { type: "object", properties: { n: { type: "integer" } } }, examples: [{ payload: { n: "seven" } }] };
const third = { info, channels: { c: { address: "c", messages: { m: message } } }, operations: { o: { action: "receive", channel: { $ref: "#/channels/c" } } } };
for (const document of [
  { asyncapi: "2.6.0", info, channels: { c: { publish: { operationId: "o", message: { messageId: "m", ...message } } } } },
  { asyncapi: "3.0.0", ...third },
  { asyncapi: "3.1.0", ...third },
]) {
  const { diagnostics } = await new Parser().parse(document);
  const errors = diagnostics.filter((one) => one.severity === 0).map((one) => `${one.code}: ${one.message}`);
  console.log(document.asyncapi, errors.join("; ") || "no errors");
}
JS
node run.mjs > got

cat > want <<'END'
2.6.0 asyncapi2-message-examples: "n" property type must be integer
3.0.0 no errors
3.1.0 no errors
END
diff -u want got
