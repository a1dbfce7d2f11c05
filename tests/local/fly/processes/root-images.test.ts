// Machines on a root of their own: a small one made here of this computer's shell and the libraries it needs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";

import { identityIn } from "../../../../local/fly/machines/processes/image-user.ts";
import { placeIn } from "../../../../local/fly/machines/processes/place-in-root.ts";
import { UnpackedImages } from "../../../../local/fly/machines/processes/unpacked-images.ts";
import { machinesRun, whyNoMachine } from "../../../container/machine.ts";
import { itIf } from "../../../support/skip.ts";
import { type RunningFly, startRunningFly } from "./running-fly.ts";

const dir = mkdtempSync(join(tmpdir(), "tenantry-root-images-"));
const root = join(dir, "root");
const hasUmoci = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "umoci")));
const withoutUmoci = "umoci is not installed (Debian: apt-get install umoci)";

const PROGRAMS = ["sh", "cat", "ls", "id", "env", "setpriv", "sleep", "touch"];

beforeAll(() => {
  for (const folder of ["bin", "etc", "srv", "tmp", "lib", "lib64"]) mkdirSync(join(root, folder), { recursive: true });
  for (const program of PROGRAMS) {
    const path = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    copyFileSync(path, join(root, "bin", program));
    const libraries = execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
    for (const [, library = ""] of libraries) {
      // The loader lies where the programs look for it, the rest where the loader looks.
      const folder = basename(library).startsWith("ld-") ? dirname(library) : "/lib";
      mkdirSync(join(root, folder), { recursive: true });
      copyFileSync(library, join(root, folder, basename(library)));
    }
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\napp:x:1234:1235::/srv:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\napp:x:1235:\nlogs:x:77:other,app\n");
  writeFileSync(join(root, "etc/mine"), "of the image\n");
  symlinkSync("/etc/mine", join(root, "srv/link"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("a path in a machine's root", () => {
  it("is found where the machine itself would find it, and never outside its root", () => {
    const links = join(dir, "links");
    mkdirSync(join(links, "real/deep"), { recursive: true });
    symlinkSync("/real", join(links, "absolute"));
    symlinkSync("../../../../../../etc", join(links, "real/up"));
    symlinkSync("round", join(links, "round"));
    expect(placeIn(links, "/absolute/deep/x")).toBe("/real/deep/x");
    expect(placeIn(links, "/real/up/passwd")).toBe("/etc/passwd");
    expect(placeIn(links, "/../../not/there")).toBe("/not/there");
    expect(() => placeIn(links, "/round")).toThrow("is a loop of links");
  });
});

describe("the user of an image", () => {
  it.each([
    ["", { uid: 0, gids: [0], home: "/" }],
    ["app", { uid: 1234, gids: [1235, 77], home: "/srv" }],
    ["1234", { uid: 1234, gids: [1235, 77], home: "/srv" }],
    ["app:root", { uid: 1234, gids: [0], home: "/srv" }],
    ["4000:4001", { uid: 4000, gids: [4001], home: "/" }],
  ])("%p is who the image's own files say", (user, identity) => {
    expect(identityIn(root, user)).toEqual(identity);
  });

  it("is refused when the image does not know it", () => {
    expect(() => identityIn(root, "nobody-here")).toThrow("not in its /etc/passwd");
    expect(() => identityIn(root, "app:nobody-here")).toThrow("not in its /etc/group");
  });
});

describe("an image in an OCI layout", () => {
  itIf(hasUmoci, withoutUmoci)("is unpacked once, layer by layer, and says how it runs", async () => {
    const images = new UnpackedImages(join(dir, "unpacked"));
    const layout = layoutOf("first", [root, overlaid()]);
    const image = await images.of({ archive: layout });
    expect(image).toMatchObject({ entrypoint: ["sh"], command: ["-c", "id"], user: "app", workdir: "/srv" });
    expect(image.env).toEqual({ PATH: "/bin", WITH: "a=b" });
    expect(readFileSync(join(image.root, "etc/mine"), "utf8")).toBe("of the second layer\n");
    expect(existsSync(join(image.root, "etc/group"))).toBe(false);
    const { mtimeMs } = statSync(join(image.root, "etc/mine"));
    const [again, archived] = await Promise.all([
      images.of({ archive: layout }),
      images.of({ archive: tarOf(layout) }),
    ]);
    expect(again.root).toBe(image.root);
    expect(statSync(join(again.root, "etc/mine")).mtimeMs).toBe(mtimeMs);
    expect(readFileSync(join(archived.root, "etc/mine"), "utf8")).toBe("of the second layer\n");
  });

  itIf(hasUmoci, withoutUmoci)("is refused in words when a layer is not what its checksum says", async () => {
    const layout = layoutOf("damaged", [root]);
    const layer = execFileSync("sh", ["-c", `ls -S ${join(layout, "blobs/sha256")} | head -n 1`], { encoding: "utf8" });
    writeFileSync(join(layout, "blobs/sha256", layer.trim()), "not a layer");
    const images = new UnpackedImages(join(dir, "damaged-unpacked"));
    await expect(images.of({ archive: layout })).rejects.toMatchObject({ code: "CLOUD_IMAGES_WRONG" });
  });

  it.each([
    ["an empty folder", {}, "it has no index.json"],
    ["nothing for this computer", { os: "linux", architecture: "s390x" }, "it has nothing for linux/"],
  ])("is refused in words when it is %s", async (_, platform, said) => {
    const layout = join(mkdtempSync(join(dir, "wrong-")));
    if (Object.keys(platform).length > 0)
      writeFileSync(
        join(layout, "index.json"),
        JSON.stringify({ manifests: [{ digest: `sha256:${"0".repeat(64)}`, platform }] }),
      );
    await expect(new UnpackedImages(join(dir, "none")).of({ archive: layout })).rejects.toThrow(said);
  });

  it("is named with each program's own words when no local storage has it", async () => {
    await expect(
      new UnpackedImages(join(dir, "none")).of({ stored: "localhost/tenantry-no-such-image" }),
    ).rejects.toThrow(/no local storage has it \(buildah: .*podman: .*docker: /s);
  });
});

describe("a machine on an image's root", () => {
  let running: RunningFly;
  beforeAll(async () => {
    if (!machinesRun) return;
    running = await startRunningFly();
    const image = {
      root,
      entrypoint: ["sh", "-c"],
      command: ["echo as $(id -u) in $PWD; exec sleep 1000"],
      env: { PATH: "/bin", FROM: "image" },
      user: "app",
      workdir: "/srv",
    };
    writeFileSync(join(running.fly.cloud.home, "images.yaml"), stringify({ "registry.example/rooted": image }));
  });
  afterAll(async () => {
    if (machinesRun) await running.fly.dispose();
  });

  itIf(machinesRun, whyNoMachine)(
    "sees the image's files and none of this computer's, as the image's user, folder and environment say",
    async () => {
      const { id } = await running.machine("rooted", { image: "registry.example/rooted:1", services: [] });
      await running.until("rooted", id, ({ state }) => state === "started");
      expect((await running.exec("rooted", id, "cat /srv/link")).out).toBe("of the image\n");
      expect((await running.exec("rooted", id, "ls /usr /home /opt 2>/dev/null; ls /bin; ls /")).out).not.toMatch(
        /node|tenantry|\busr\b/,
      );
      expect((await running.exec("rooted", id, "env")).out).toMatch(/^FROM=image$/m);
      expect(await running.log("rooted")).toContain("as 1234 in /srv");
    },
  );

  itIf(machinesRun, whyNoMachine)("keeps what it writes to itself: a restart begins with the image again", async () => {
    const { id } = await running.machine("writer", { image: "registry.example/rooted:1", services: [] });
    await running.until("writer", id, ({ state }) => state === "started");
    await running.exec("writer", id, "touch /etc/written");
    expect(existsSync(join(root, "etc/written"))).toBe(false);
    expect((await running.exec("writer", id, "ls /etc/written")).code).toBe(0);
    await running.command("writer", id, "restart");
    await running.until("writer", id, ({ state }) => state === "started");
    expect((await running.exec("writer", id, "ls /etc/written")).code).not.toBe(0);
  });
});

/** A second layer: one file changed, one taken away. */
function overlaid(): string {
  const layer = join(dir, "second");
  mkdirSync(join(layer, "etc"), { recursive: true });
  writeFileSync(join(layer, "etc/mine"), "of the second layer\n");
  writeFileSync(join(layer, "etc/.wh.group"), "");
  return layer;
}

/** Writes an OCI layout with these folders as layers, as a build leaves it. */
function layoutOf(name: string, folders: readonly string[]): string {
  const layout = join(dir, `layout-${name}`);
  const blobs = join(layout, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const blob = (bytes: Buffer, mediaType: string) => {
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  const tars = folders.map((folder) =>
    execFileSync("tar", ["--create", "--directory", folder, "."], { maxBuffer: 2 ** 28 }),
  );
  const layers = tars.map((tar) => blob(tar, "application/vnd.oci.image.layer.v1.tar"));
  const config = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Entrypoint: ["sh"], Cmd: ["-c", "id"], Env: ["PATH=/bin", "WITH=a=b"], User: "app", WorkingDir: "/srv" },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: blob(Buffer.from(JSON.stringify(config)), "application/vnd.oci.image.config.v1+json"),
    layers,
  };
  const entry = blob(Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return layout;
}

function tarOf(layout: string): string {
  const archive = `${layout}.tar`;
  execFileSync("tar", ["--create", "--file", archive, "--directory", layout, "."]);
  return archive;
}
