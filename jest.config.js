/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.cjs" },
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  testTimeout: 60_000,
  testSequencer: "<rootDir>/tests/support/long-first.js",
  // One more than the two cores that this has to be quick on: many tests wait for clocks, not for the processor.
  maxWorkers: 3,
};
