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
  // One more than the cores of a small computer: a third of what the longest files take they wait, for machines and vendors.
  maxWorkers: 3,
};
