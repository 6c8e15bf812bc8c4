// Builds the generated package once for all tests in a separate folder, so that no old build is used.

import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modules, repository, tsc } from "./tsc.mjs";

export default async function setup(project) {
  const folder = await mkdtemp(join(tmpdir(), "ts-"));
  await cp(join(repository, "gen", "ts"), folder, {
    recursive: true,
    filter: (source) => !["dist", "node_modules"].includes(source.split("/").at(-1)),
  });
  await symlink(modules, join(folder, "node_modules"));
  await tsc(folder);
  project.provide("package", folder);
  return () => rm(folder, { recursive: true, force: true });
}
