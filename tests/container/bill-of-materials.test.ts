import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { billOfMaterials } from "../../container/bill-of-materials.ts";
import { itIf } from "../support/skip.ts";

const root = mkdtempSync(join(tmpdir(), "tenantry-bill-"));
const onPath = (program: string) =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(existsSync);
const tigrisfs = onPath("tigrisfs");
const hasGo = onPath("go") !== undefined && tigrisfs !== undefined;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeAll(() => {
  write("etc/os-release", 'PRETTY_NAME="Debian"\nVERSION_CODENAME=trixie\n');
  const paragraphs = [
    "Package: libstdc++6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:14.2.0-19\nDescription: a\n b",
    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1",
  ];
  write("var/lib/dpkg/status", `${paragraphs.join("\n\n")}\n`);
  const packages = {
    "node_modules/@a/b": { version: "1.2.3" },
    "node_modules/@a/b/node_modules/c": { version: "2.0.0-beta+1" },
    "node_modules/for-another-platform": { version: "9.9.9" },
  };
  write("srv/app/node_modules/.package-lock.json", JSON.stringify({ packages }));
  for (const path of Object.keys(packages).slice(0, 2)) write(`srv/app/${path}/package.json`, "{}");
});
afterAll(() => rmSync(root, { recursive: true }));

describe("an image's bill of materials", () => {
  it("names what is installed of Debian and npm, each once, and nothing that is not there", () => {
    const { components, ...head } = billOfMaterials(root, "reference-app", "1");
    expect(head).toEqual({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: { component: { type: "container", name: "reference-app", version: "1" } },
    });
    expect(components.map(({ purl }) => purl)).toEqual([
      "pkg:deb/debian/libstdc%2B%2B6@1:14.2.0-19?arch=amd64&distro=trixie",
      "pkg:npm/%40a/b@1.2.3",
      "pkg:npm/c@2.0.0-beta%2B1",
    ]);
    for (const { purl, ...rest } of components) expect(rest["bom-ref"]).toBe(purl);
  });

  itIf(hasGo, "Go or TigrisFS is not installed")("names every module that a Go program was built from", () => {
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    symlinkSync(realpathSync(tigrisfs ?? ""), join(root, "usr/local/bin/tigrisfs"));
    write("usr/local/bin/a-script", "#!/bin/sh\n");
    const { components } = billOfMaterials(root, "tenantry-mount", "1");
    const modules = components.filter(({ purl }) => purl.startsWith("pkg:golang/")).map(({ purl }) => purl);
    const listed = execFileSync("go", ["version", "-m", tigrisfs ?? ""], { encoding: "utf8" });
    // One line a module, one for the program's own, and the standard library.
    expect(modules.length).toBe([...listed.matchAll(/^\t(?:dep|mod)\t/gm)].length + 1);
    expect(modules).toContainEqual(expect.stringMatching(/^pkg:golang\/github\.com\/tigrisdata\/tigrisfs@v\d/));
    expect(modules).toContainEqual(expect.stringMatching(/^pkg:golang\/stdlib@\d/));
    // What takes a module's place is what was built in.
    expect(modules).toContainEqual(expect.stringMatching(/^pkg:golang\/github\.com\/vitalif\/fusego@v0/));
  });

  it("is refused for a folder that is no root of Debian", () => {
    expect(() => billOfMaterials(join(root, "srv"), "x", "1")).toThrow("var/lib/dpkg/status");
  });
});
