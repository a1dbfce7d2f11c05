import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { findImage } from "../../../../local/fly/machines/processes/images.ts";

const dir = mkdtempSync(join(tmpdir(), "tenantry-images-"));
afterAll(() => rmSync(dir, { recursive: true }));

let count = 0;
function list(text: string): string {
  const path = join(dir, `list-${(count += 1)}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe("what stands for an image", () => {
  it("is found by its repository, whatever the tag or digest, in the last list that names it", () => {
    writeFileSync(join(dir, "app.js"), "");
    const ours = list("ghcr.io/acme/agent: { command: [ours] }\nredis: { command: [redis-server] }\n");
    const theirs = list("ghcr.io/acme/agent: { command: [theirs], files: { /srv/app.js: app.js }, env: { A: b } }\n");
    const found = { command: ["theirs"], files: { "/srv/app.js": join(dir, "app.js") }, env: { A: "b" }, workdir: "/" };
    expect(findImage([ours, theirs], "ghcr.io/acme/agent:7")).toEqual(found);
    expect(findImage([ours, theirs], `ghcr.io/acme/agent@sha256:${"0".repeat(64)}`)).toEqual(found);
    expect(findImage([ours, theirs], "library/redis")?.command).toEqual(["redis-server"]);
    expect(findImage([ours, join(dir, "missing.yaml")], "ghcr.io/acme/other")).toBeUndefined();
  });

  it.each([
    ["a: { comand: [x] }", "comand"],
    ["a: { command: [] }", "command"],
    ["a: { command: [x], files: { relative: . } }", "at a.files.relative"],
    ["a: { command: [x], files: { /srv: nowhere } }", "there is no "],
    ["a: [", "list-"],
  ])("is refused where the list is wrong: %s", (text, said) => {
    expect(() => findImage([list(text)], "a")).toThrow(said);
  });

  it("has the reference app", () => {
    const found = findImage(
      [join(import.meta.dirname, "../../../../local/images.yaml")],
      "ghcr.io/tenantry/reference-app:0.1.0",
    );
    expect(found).toMatchObject({ workdir: "/srv/app", env: { APP_USER: "app" } });
  });
});
