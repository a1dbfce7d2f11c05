import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { openMemoryLimits } from "../../../../local/fly/machines/processes/memory-limit.ts";

// A folder in the place of the kernel's: which version a host has is not ours to choose, and both are to be had.
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tenantry-cgroup-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("a limit of memory", () => {
  it("is written as control groups of version 2 want it, once their memory is delegated", () => {
    writeFileSync(join(root, "cgroup.controllers"), "cpu memory pids\n");
    const limits = openMemoryLimits("/cloud", root);
    const group = limits.limit("m1", 512) ?? "";
    expect(group).toMatch(new RegExp(`^${root}/tenantry-[0-9a-f]{12}/m1$`));
    expect(readFileSync(join(group, "memory.max"), "utf8")).toBe(String(512 * 1024 * 1024));
    expect(readFileSync(join(root, "cgroup.subtree_control"), "utf8")).toBe("+memory");
    expect(readFileSync(join(group, "../cgroup.subtree_control"), "utf8")).toBe("+memory");
    writeFileSync(join(group, "memory.events"), "low 0\noom 2\noom_kill 1\n");
    expect(limits.kills("m1")).toBe(1);
  });

  it("is written as version 1 wants it, swap included where the kernel counts it", () => {
    mkdirSync(join(root, "memory"));
    writeFileSync(join(root, "memory/memory.limit_in_bytes"), "");
    const limits = openMemoryLimits("/cloud", root);
    const group = limits.limit("m1", 256) ?? "";
    writeFileSync(join(group, "memory.memsw.limit_in_bytes"), "");
    limits.limit("m1", 256);
    const written = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"].map((name) =>
      readFileSync(join(group, name), "utf8"),
    );
    expect(written).toEqual(Array(2).fill(String(256 * 1024 * 1024)));
  });

  it("is done without, for a reason, where there are no control groups", () => {
    const limits = openMemoryLimits("/cloud", root);
    expect(limits.missing).toBe("this system has no control groups for memory");
    expect([limits.limit("m1", 256), limits.kills("m1")]).toEqual([undefined, 0]);
  });
});
