#!/bin/sh
# Tried: undici 7.30.2 (the WebSocket of Node) and ws 8.23.0 with a server that ends TCP 4 s after
#        its close frame, 2026-12-01.
# Guess: when both close frames are there, a client tells of the close code at once, or ends TCP
#        itself after a moment.
# Seen:  undici answers the close frame and then waits for the server to end TCP, without a limit of
#        its own: no close event, and no sign of the code until then. ws ends its side at once and
#        tells of the code. Behind a proxy that keeps TCP open, undici's client does not learn that
#        it was told to stay away.
# Here:  the server sends a frame "closing" with the code before the close frame to clients that ask
#        for it (announce_close).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact undici@7.30.2 ws@8.23.0 || exit 2

cat > run.mjs <<'JS'
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { WebSocket as Undici } from "undici";
import { WebSocket as Ws } from "ws";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

for (const [name, WebSocket] of [["undici", Undici], ["ws", Ws]]) {
  let answered, ended;
  const closeFrame = new Promise((resolve) => (answered = resolve));
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(head)[1];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      socket.write(Buffer.from([0x88, 2, 4001 >> 8, 4001 & 255])); // a close frame with the code 4001
      socket.on("data", (frame) => (frame[0] & 15) === 8 && answered());
      ended = () => socket.end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  const events = [];
  client.addEventListener("close", (event) => events.push(event.code));
  await closeFrame;
  await wait(4000);
  console.log(name, "4 s after both close frames:", events.join() || "no close event");
  ended();
  for (let i = 0; i < 100 && events.length === 0; i++) await wait(100);
  console.log(name, "after the server has ended TCP:", events.join());
  server.close();
}
JS
node run.mjs > got

cat > want <<'END'
undici 4 s after both close frames: no close event
undici after the server has ended TCP: 4001
ws 4 s after both close frames: 4001
ws after the server has ended TCP: 4001
END
diff -u want got
