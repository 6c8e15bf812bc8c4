// A TCP proxy in front of a server that simulates network failures.

import { connect, createServer } from "node:net";

// Starts a proxy in front of an address, "host:port".
export async function proxy(address) {
  const [host, port] = address.split(":");
  const pairs = new Set();
  let way = "open"; // open: bytes pass; silent: nothing passes and nothing ends; down: connections are refused
  const server = createServer((near) => {
    near.on("error", () => {});
    if (way === "down") return near.destroy();
    const far = connect(Number(port), host);
    const pair = { near, far };
    pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on("error", () => {});
      from.on("data", (bytes) => way === "silent" || to.write(bytes));
      from.on("close", () => {
        pairs.delete(pair);
        if (way !== "silent") to.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const { near, far } of [...pairs]) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: `ws://127.0.0.1:${server.address().port}/ws/connect`,
    // Cuts every connection.
    cut,
    // Drops all data from now on, like a dead network.
    silence() {
      way = "silent";
    },
    // Cuts every connection and refuses new ones.
    down() {
      way = "down";
      cut();
    },
    // Passes data again. Dropped data is lost, so its connections are broken.
    up() {
      if (way === "silent") cut();
      way = "open";
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
