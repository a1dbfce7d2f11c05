import { describe, expect, it } from "@jest/globals";

import { inStep, lockStep, type Platform } from "../../tools/lock-step.ts";

const here: Platform = { os: "linux", cpu: "x64", libc: "glibc" };
const version = "1.0.0";
const record = { packages: { "node_modules/a": { version } } };
const lacking = (entry: object) =>
  lockStep(
    { packages: { "": {}, "node_modules/a": { version }, "node_modules/b": { version, ...entry } } },
    record,
    here,
  ).missing;

describe("node_modules that lack a package of package-lock.json", () => {
  it.each([
    ["that is needed", {}],
    ["that only development needs", { dev: true }],
    ["that is an optional one for this platform", { optional: true, os: ["linux"], cpu: ["x64"] }],
    ["that is an optional one for this platform's C library", { optional: true, os: ["linux"], libc: ["glibc"] }],
    ["that is an optional one for every platform but another", { optional: true, os: ["!win32"] }],
  ])("are out of step, and installed again: one %s", (_, entry) => {
    expect(lacking(entry)).toEqual(["node_modules/b"]);
  });

  it.each([
    ["another system", { optional: true, os: ["darwin"] }],
    ["another processor", { optional: true, os: ["linux"], cpu: ["arm64"] }],
    ["another C library", { optional: true, os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
    ["all but this one", { optional: true, os: ["!linux"] }],
    ["who knows what, with those that it hangs on", { optional: true }],
  ])("are in step where it is an optional one for %s", (_, entry) => {
    expect(lacking(entry)).toEqual([]);
  });

  it("are in step with what they have", () => {
    expect(inStep(lockStep(record, record, here))).toBe(true);
  });
});
