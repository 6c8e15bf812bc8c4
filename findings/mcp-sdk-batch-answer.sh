#!/bin/sh
# Tried: @modelcontextprotocol/sdk 1.32.2, its Client over a transport in memory, 2026-12-01.
# Guess: version 2025-03-26 of the protocol has JSON-RPC batches. A client that agrees on that
#        version reads an array of answers. An answer to the request 1 has the id 1; one with the id
#        "1" is of another request.
# Seen:  the client agrees on 2025-03-26, takes the array for a message of an unknown type, and both
#        calls time out. An answer with the id "1" settles the request 1.
# Here:  found while other protocols were read. A server must answer MCP clients one by one,
#        whatever version was agreed on.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact @modelcontextprotocol/sdk@1.32.2 || exit 2

cat > run.mjs <<'JS'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";

// A server in memory: it answers requests one by one, with ids as strings, or in pairs.
class Server {
  held = [];
  constructor(mode) {
    this.mode = mode;
  }
  async start() {}
  async close() {}
  setProtocolVersion(version) {
    this.version = version;
  }
  async send(message) {
    const { id, method } = message;
    if (id === undefined) return;
    const answer = { jsonrpc: "2.0", id: this.mode === "string ids" ? String(id) : id, result: {} };
    if (method === "initialize") {
      answer.id = id;
      answer.result = { protocolVersion: "2025-03-26", capabilities: {}, serverInfo: { name: "server", version: "1" } };
    } else if (this.mode === "batch") {
      if (this.held.push(answer) === 2) queueMicrotask(() => this.onmessage(this.held));
      return;
    }
    queueMicrotask(() => this.onmessage(answer));
  }
}

for (const mode of ["one by one", "string ids", "batch"]) {
  const server = new Server(mode);
  const client = new Client({ name: "client", version: "1" });
  const errors = [];
  client.onerror = (error) => errors.push(error.message.split(":")[0]);
  await client.connect(server);
  const settled = await Promise.allSettled([client.ping({ timeout: 2000 }), client.ping({ timeout: 2000 })]);
  console.log(`${mode}, ${server.version}:`, settled.map((one) => one.reason?.message ?? one.status).join("; "), errors.join());
}
JS
node run.mjs > got

cat > want <<'END'
one by one, 2025-03-26: fulfilled; fulfilled 
string ids, 2025-03-26: fulfilled; fulfilled 
batch, 2025-03-26: MCP error -32001: Request timed out; MCP error -32001: Request timed out Unknown message type
END
diff -u want got
