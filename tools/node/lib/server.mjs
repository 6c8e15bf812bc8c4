// Runs the real program with a real database.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.SEG_BIN ?? new URL("../../../bin/seg", import.meta.url).pathname;

// Starts a server; its password is "your-password".
export async function serve() {
  const folder = await mkdtemp(join(tmpdir(), "seg-"));
  const child = spawn(binary, ["serve", "--addr", "127.0.0.1:0", "--database-url", `sqlite://${folder}/seg.db`], {
    env: { ...process.env, SEG_PASSWORD: "your-password" },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  const address = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`seg serve ended with ${code} before it listened`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") resolve(entry.addr);
    });
  });
  return {
    url: `ws://${address}/ws/connect`,
    // Asks it to end, and returns its exit code.
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
