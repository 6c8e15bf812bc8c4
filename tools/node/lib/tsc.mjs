// Compiles TypeScript with the pinned compiler.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
export const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

// Runs a command and returns its output. If it fails, the error has the output.
export async function command(file, args, options = {}) {
  try {
    return (await run(file, args, { encoding: "utf8", maxBuffer: 1 << 24, ...options })).stdout;
  } catch (error) {
    throw new Error(`${file} ${args.join(" ")}: ${error.message}\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}

// Compiles a project, given by its folder or its tsconfig.json.
export const tsc = (project, ...flags) => command(process.execPath, [join(modules, "typescript", "bin", "tsc"), "-p", project, ...flags]);
