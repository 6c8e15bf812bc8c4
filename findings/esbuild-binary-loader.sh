#!/bin/sh
# Tried: esbuild 0.28.2, run with the Node at hand (20.20 here), 2026-12-01.
# Guess: a bundle with --platform=node runs on a Node that is still in use. Files of the binary
#        loader are decoded by code in the bundle.
# Seen:  without a target, the bundle calls Uint8Array.fromBase64, which Node 20 does not have.
#        esbuild warns of nothing; the bundle fails when it is loaded. With --target=node20, or
#        es2022, the decoder is in the bundle.
# Here:  the client for browsers is bundled with a target.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact esbuild@0.28.2 || exit 2
printf 'hello' > text.bin
echo 'import bytes from "./text.bin"; console.log(bytes.length);' > main.js

for options in "--platform=node" "--platform=node --target=node20" "--target=es2022"; do
  # shellcheck disable=SC2086 # several options
  npx esbuild main.js --bundle --format=esm --loader:.bin=binary $options --outfile=out.mjs --log-level=warning 2>&1
  grep -q '__toBinary' out.mjs && echo "$options: has a decoder" || echo "$options: $(grep -o 'Uint8Array.fromBase64(' out.mjs)"
  # The same, as Nodes without the method see it.
  node --input-type=module -e 'delete Uint8Array.fromBase64; try { await import(process.cwd() + "/out.mjs") } catch (error) { console.log(error.message) }'
done > got

cat > want <<'END'
--platform=node: Uint8Array.fromBase64(
Uint8Array.fromBase64 is not a function
--platform=node --target=node20: has a decoder
5
--target=es2022: has a decoder
5
END
diff -u want got
