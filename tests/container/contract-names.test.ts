import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { ENTRYPOINT_NAMES } from "../../container/contract-names.ts";
import { environment } from "../../tenants/model/environment.ts";

const CONTAINER = join(import.meta.dirname, "../../container");
// All but the script that builds the images, which is no part of them.
const scripts = readdirSync(CONTAINER)
  .filter((name) => name.endsWith(".sh") && name !== "build-images.sh")
  .map((name) => readFileSync(join(CONTAINER, name), "utf8").replaceAll(/^\s*#.*$/gm, ""));

/** What the scripts read: `$NAME`, `${NAME…}`, and what is read by its name as a number. */
function readNames(): string[] {
  const read = /\$\{?([A-Z][A-Z0-9_]+)|(?:whole|seconds) ([A-Z][A-Z0-9_]+)/g;
  const names = scripts.flatMap((text) => [...text.matchAll(read)].map(([, plain, counted]) => plain ?? counted ?? ""));
  return [...new Set(names)].filter((name) => !name.startsWith("TIGRISFS_")).sort();
}

describe("the names of the entrypoint's contract", () => {
  it("are those that its scripts read, all of them", () => {
    expect(readNames()).toEqual([...ENTRYPOINT_NAMES].sort());
  });

  it("are all described at the top of the entrypoint", () => {
    const [head = ""] = readFileSync(join(CONTAINER, "entrypoint.sh"), "utf8").split("set -eu");
    expect(ENTRYPOINT_NAMES.filter((name) => !["AWS_REGION"].includes(name) && !head.includes(name))).toEqual([]);
  });

  it.each([...ENTRYPOINT_NAMES, "PORT", "TIGRISFS_MEMORY_LIMIT", "TIGRISFS_ANYTHING", "LIBSQL_URL", "LD_PRELOAD"])(
    "are reserved in a tenant file: %s",
    (name) => {
      expect(environment.safeParse({ [name]: "1" }).success).toBe(false);
    },
  );

  it.each(["STATE_DIRS", "MY_APP_USER", "PORTS", "PORT_RANGE", "MOUNT", "STOP_SECONDS"])(
    "leave names alone that only look like them: %s",
    (name) => {
      expect(environment.safeParse({ [name]: "1" }).success).toBe(true);
    },
  );
});

describe("a folder as the kernel lists it among the mounts", () => {
  it.each([
    ["/app/data", "/app/data"],
    ["/my files", "/my\\040files"],
    ["/a\tb", "/a\\011b"],
    ["/back\\slash", "/back\\134slash"],
    ["/back\\040slash", "/back\\134040slash"],
    ["/it's 100% of a #1 folder?", "/it's\\040100%\\040of\\040a\\040#1\\040folder?"],
  ])("%j is recognised", (folder, listed) => {
    const script = `. ${JSON.stringify(join(CONTAINER, "mount.sh"))}; as_listed "$1"`;
    expect(execFileSync("sh", ["-c", script, "sh", folder], { encoding: "utf8" })).toBe(listed);
  });
});
