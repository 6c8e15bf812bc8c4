// A network that fails: a TCP proxy in front of a server.

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
    // Cuts every connection in two.
    cut,
    // Swallows everything from now on, as a network does that is gone.
    silence() {
      way = "silent";
    },
    // Cuts everything and refuses what comes.
    down() {
      way = "down";
      cut();
    },
    // Lets everything pass again. What was swallowed is lost, and with it the connections that it was swallowed from.
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
