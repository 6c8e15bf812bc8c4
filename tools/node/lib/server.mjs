// Runs the real program with a real database.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.SEG_BIN ?? new URL("../../../bin/seg", import.meta.url).pathname;

// Starts a process with a database. Returns it with its address.
async function start(folder, address, settings) {
  const child = spawn(binary, ["serve", "--addr", address, "--database-url", `sqlite://${folder}/seg.db`, "--message-rate", "0", "--origins", "*"], {
    env: { ...process.env, SEG_PASSWORD: "your-password", ...settings },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  const listens = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`seg serve ended with ${code} before it listened`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") resolve(entry.addr);
    });
  });
  return { child, ended, address: listens };
}

// Starts a server with the password "your-password" and without rate limits. settings are SEG_ variables.
export async function serve(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "seg-"));
  let running = await start(folder, "127.0.0.1:0", settings);
  const { address } = running;
  return {
    address,
    url: `ws://${address}/ws/connect`,
    // Kills it, like a power failure.
    async kill() {
      running.child.kill("SIGKILL");
      await running.ended;
    },
    // Stops it, keeps the database, and returns its exit code.
    async end() {
      running.child.kill("SIGTERM");
      return running.ended;
    },
    // Starts it again at the same address with the same database.
    async restart() {
      running = await start(folder, address, settings);
    },
    // Stops it, removes the database, and returns its exit code.
    async stop() {
      const code = await this.end();
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
