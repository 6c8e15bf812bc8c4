// The generated package, as lib/setup.mjs has built it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, inject } from "vitest";

// Its folder.
export const folder = inject("package");

// One of its entries: "index", "validators", "testing" and so on.
export const entry = (name) => import(pathToFileURL(join(folder, "dist", `${name}.js`)));

const folders = [];
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

// A folder that is there until the tests of the file are over.
export async function temporary() {
  folders.push(await mkdtemp(join(tmpdir(), "ts-")));
  return folders.at(-1);
}
