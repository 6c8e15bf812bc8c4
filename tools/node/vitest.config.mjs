import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.mjs"],
    globalSetup: "./lib/setup.mjs",
    // Far more than anything takes, also on a slow machine, so that only what never comes fails.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
