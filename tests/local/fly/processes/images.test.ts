import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import {
  findImage as find,
  type ImageSource,
  type RootImage,
} from "../../../../local/fly/machines/processes/images.ts";

const dir = mkdtempSync(join(tmpdir(), "tenantry-images-"));
afterAll(() => rmSync(dir, { recursive: true }));

const UNPACKED = { root: "/images/one", entrypoint: [], command: ["serve"], env: {}, user: "", workdir: "/" };
const findImage = (
  lists: readonly string[],
  image: string,
  unpack: (source: ImageSource) => Promise<RootImage> = () => Promise.reject(new Error("nothing is to be unpacked")),
) => find(lists, image, unpack);

let count = 0;
function list(text: string): string {
  const path = join(dir, `list-${(count += 1)}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe("what stands for an image", () => {
  it("is found by its repository, whatever the tag or digest, in the last list that names it", async () => {
    writeFileSync(join(dir, "app.js"), "");
    const ours = list("ghcr.io/acme/agent: { command: [ours] }\nredis: { command: [redis-server] }\n");
    const theirs = list("ghcr.io/acme/agent: { command: [theirs], files: { /srv/app.js: app.js }, env: { A: b } }\n");
    const found = { command: ["theirs"], files: { "/srv/app.js": join(dir, "app.js") }, env: { A: "b" }, workdir: "/" };
    expect(await findImage([ours, theirs], "ghcr.io/acme/agent:7")).toEqual(found);
    expect(await findImage([ours, theirs], `ghcr.io/acme/agent@sha256:${"0".repeat(64)}`)).toEqual(found);
    expect((await findImage([ours, theirs], "library/redis"))?.command).toEqual(["redis-server"]);
    expect(await findImage([ours, join(dir, "missing.yaml")], "ghcr.io/acme/other")).toBeUndefined();
  });

  it("is a root folder as the list describes it", async () => {
    const listed = list("a: { root: ., command: [serve], user: app }\n");
    expect(await findImage([listed], "a")).toEqual({
      root: dir,
      entrypoint: [],
      command: ["serve"],
      env: {},
      user: "app",
      workdir: "/",
    });
  });

  it("is unpacked where the list names an archive, an OCI layout or an image of a local storage", async () => {
    writeFileSync(join(dir, "a.oci.tar"), "");
    const listed = list("a: { archive: a.oci.tar }\nb: { stored: localhost/b }\n");
    const asked: ImageSource[] = [];
    const unpack = (source: ImageSource) => {
      asked.push(source);
      return Promise.resolve(UNPACKED);
    };
    expect(await findImage([listed], "a", unpack)).toEqual(UNPACKED);
    expect(await findImage([listed], "b", unpack)).toEqual(UNPACKED);
    expect(asked).toEqual([{ archive: join(dir, "a.oci.tar") }, { stored: "localhost/b" }]);
  });

  it.each([
    ["a: { comand: [x] }", "comand"],
    ["a: { command: [] }", "command"],
    ["a: { command: [x], files: { relative: . } }", "at a.files.relative"],
    ["a: { command: [x], files: { /srv: nowhere } }", "there is no "],
    ["a: { archive: nowhere.tar }", "there is no "],
    ["a: { root: ., archive: b }", "root"],
    ["a: [", "list-"],
  ])("is refused where the list is wrong: %s", async (text, said) => {
    await expect(findImage([list(text)], "a")).rejects.toThrow(said);
  });

  it("has the reference app", async () => {
    const found = await findImage(
      [join(import.meta.dirname, "../../../../local/images.yaml")],
      "ghcr.io/tenantry/reference-app:0.1.0",
    );
    expect(found).toMatchObject({ workdir: "/srv/app", env: { APP_USER: "app" } });
  });
});
