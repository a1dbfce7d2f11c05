/** @type {import('jest').Config} */
export default {
  testEnvironment: "<rootDir>/tests/support/realm/environment.js",
  runtime: "<rootDir>/tests/support/realm/runtime.js",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: {},
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  testTimeout: 60_000,
  testSequencer: "<rootDir>/tests/support/long-first.js",
  // Twice the cores of a small computer: in half of the files most of the time is waited, for machines, vendors and clocks.
  maxWorkers: 4,
  // What a worker has loaded stays; beyond this a new one goes on.
  workerIdleMemoryLimit: "1GB",
};
