// Compiles TypeScript with the pinned compiler.

import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
export const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

// Runs a command and returns what it prints. If it fails, the error has what it has printed.
export async function command(file, args, options = {}) {
  try {
    return (await run(file, args, { encoding: "utf8", maxBuffer: 1 << 24, ...options })).stdout;
  } catch (error) {
    throw new Error(`${file} ${args.join(" ")}: ${error.message}\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}

// Compiles a project, given by its folder or its tsconfig.json.
export const tsc = (project, ...flags) => command(process.execPath, [join(modules, "typescript", "bin", "tsc"), "-p", project, ...flags]);

const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

// A folder that is there until the tests of the file are over.
export async function temporary() {
  folders.push(await mkdtemp(join(tmpdir(), "ts-")));
  return folders.at(-1);
}

// A copy of the generated package, built in a folder of its own, so that tests neither find nor leave an old one.
export async function built() {
  const folder = await temporary();
  await cp(join(repository, "gen", "ts"), folder, {
    recursive: true,
    filter: (source) => !["dist", "node_modules"].includes(source.split("/").at(-1)),
  });
  await symlink(modules, join(folder, "node_modules"));
  await tsc(folder);
  return folder;
}

// The generated package itself.
export const client = async () => import(pathToFileURL(join(await built(), "dist", "index.js")));
