/** @type {import('jest').Config} */
export default {
  testEnvironment: "<rootDir>/tests/support/told-of-failures.js",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.cjs" },
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  testTimeout: 60_000,
  testSequencer: "<rootDir>/tests/support/long-first.js",
  // Twice the cores of a small computer: in half of the files most of the time is waited, for machines, vendors and clocks.
  maxWorkers: 4,
};
