import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/support/fuzz-seed.ts"],
    globalSetup: ["tests/support/postgres-server.ts"],
    // Processes, not threads: native modules and child programs end with their file.
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A second, the default, is little on a busy machine.
    expect: { poll: { timeout: 15_000 } },
  },
});
