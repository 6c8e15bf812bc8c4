// The generated package, as lib/setup.mjs has built it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, inject } from "vitest";

// The folder of the package.
export const folder = inject("package");

// An entry point of the package, such as "index" or "validators".
export const entry = (name) => import(pathToFileURL(join(folder, "dist", `${name}.js`)));

const folders = [];
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

// A temporary folder, which is removed after the tests of the file.
export async function temporary() {
  folders.push(await mkdtemp(join(tmpdir(), "ts-")));
  return folders.at(-1);
}
