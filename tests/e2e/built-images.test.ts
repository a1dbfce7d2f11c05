// Both Dockerfiles built for real (container/build-images.sh) and run on the embedded cloud: minutes, so by `make test-deep` only.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { stringify } from "yaml";

import { billOfMaterials } from "../../container/bill-of-materials.ts";
import type { RootImage } from "../../local/fly/machines/processes/images.ts";
import { UnpackedImages } from "../../local/fly/machines/processes/unpacked-images.ts";
import { machinesRun, whyNoMachine } from "../container/machine.ts";
import type { TestCloud } from "../support/cloud.ts";
import { s3For } from "../local/tigris/clients.ts";
import { isDeep } from "../support/deep.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const projectDir = join(import.meta.dirname, "../..");
/** Kept between runs: a base system and a build of TigrisFS take minutes. */
const built = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "tenantry/images");
const missing = ["buildah", "debootstrap", "umoci"].filter(
  (program) => !(process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program))),
);
const whyNot = !isDeep
  ? "it takes minutes: make test-deep"
  : missing.length > 0
    ? `not installed: ${missing.join(", ")} (Debian: apt-get install ${missing.join(" ")})`
    : whyNoMachine;
const canBuild = isDeep && missing.length === 0 && machinesRun;

let cloud: TestCloud;
let project: ScratchProject;
let image: RootImage;

beforeAll(async () => {
  if (!canBuild) return;
  execFileSync(join(projectDir, "container/build-images.sh"), [built, "mount", "app"], { stdio: "inherit" });
  ({ cloud, project } = await startFleet({ machines: "processes", verbs: "cold" }));
  const archive = join(built, "reference-app.oci.tar");
  image = await new UnpackedImages(join(cloud.home, "cloud/fly/images")).of({ archive });
  writeFileSync(join(cloud.home, "images.yaml"), stringify({ "ghcr.io/tenantry/reference-app": { archive } }));
  project.tenant("ada");
  project.tenant("bob");
}, 3_600_000);

afterAll(async () => {
  if (!canBuild) return;
  await endFleet({ cloud, project });
}, 120_000);

describe("the images, built", () => {
  itIf(canBuild, whyNot)("promise what their Dockerfiles say: entrypoint, user, command, and no secret", () => {
    expect(image.entrypoint).toEqual(["/usr/local/lib/tenantry/entrypoint.sh"]);
    expect(image.command.at(-1)).toBe("/srv/app/main.ts");
    // The entrypoint mounts, which needs root; the app runs as APP_USER.
    expect(image.user).toBe("");
    expect(image.env).toEqual({ PATH: expect.any(String), APP_USER: "app", MOUNT_PATH: "/app/data" });
  });

  itIf(canBuild, whyNot)("hold no program with more rights than a Debian's own, and no file of this computer's", () => {
    const setuid = execFileSync("find", [image.root, "-xdev", "-perm", "/6000", "-type", "f", "-printf", "%f\\n"], {
      encoding: "utf8",
    });
    const known = "chage chfn chsh expiry fusermount3 gpasswd mount newgrp passwd su umount unix_chkpwd".split(" ");
    expect(setuid.split("\n").filter((name) => name !== "" && !known.includes(name))).toEqual([]);
    expect(readdirSync(join(image.root, "srv/app"))).toEqual(expect.arrayContaining(["main.ts", "node_modules"]));
    expect(existsSync(join(image.root, projectDir))).toBe(false);
    expect(statSync(join(built, "reference-app.oci.tar")).size).toBeLessThan(300 * 2 ** 20);
  });

  itIf(canBuild, whyNot)("list all that they are made of: Debian's packages, npm's and Go's modules", () => {
    const bill = billOfMaterials(image.root, "reference-app", "0.1.0");
    const purls = bill.components.map(({ purl }) => purl);
    const counted = (kind: string) => purls.filter((purl) => purl.startsWith(`pkg:${kind}/`)).length;
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:deb\/debian\/fuse3@\d.*&distro=trixie$/));
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:golang\/github\.com\/tigrisdata\/tigrisfs@v\d/));
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:generic\/node@\d+\.\d+\.\d+$/));
    const { dependencies } = JSON.parse(readFileSync(join(projectDir, "container/app/package.json"), "utf8")) as {
      dependencies: Readonly<Record<string, string>>;
    };
    const direct = Object.entries(dependencies).map(
      ([name, version]) => `pkg:npm/${name.replace("@", "%40")}@${version}`,
    );
    expect(purls).toEqual(expect.arrayContaining(direct));
    // A list that has lost a whole kind, or most of it, is not one.
    expect([counted("deb") > 60, counted("golang") > 40, counted("npm") > direct.length]).toEqual([true, true, true]);
    expect(new Set(purls).size).toBe(purls.length);
    writeFileSync(join(built, "reference-app.cdx.json"), JSON.stringify(bill, null, 2));
  });

  itIf(canBuild, whyNot)(
    "run as a tenant's machine: the app answers from its own root, and a stop flushes what it wrote",
    async () => {
      const up = await project.tenantry("up", "--yes");
      expect({ code: up.code, said: `${up.stdout}${up.stderr}` }).toMatchObject({ code: 0 });
      const inside = await project.tenantry(
        "exec",
        "ada",
        "--",
        "sh",
        "-c",
        "cat /etc/os-release; ls /opt; ls /usr/local/bin",
      );
      expect(inside.stdout).toContain("VERSION_CODENAME=trixie");
      expect(inside.stdout).toMatch(/^tigrisfs$/m);
      expect(inside.stdout).not.toContain("tenantry");
      const demo = await project.tenantry("demo", "--tenant", "ada");
      expect({ code: demo.code, stdout: demo.stdout, stderr: demo.stderr }).toMatchObject({ code: 0 });
      const { machine } = parsed(await project.tenantry("status", "ada", "--json")) as { machine: string };
      await project.tenantry("exec", "ada", "--", "sh", "-c", "echo kept >/app/data/kept.txt");
      const { endpoint, token } = cloud.descriptor.fly;
      const ask = (method: string, verb: string) =>
        fetch(`${endpoint}/v1/apps/tst-local-ada/machines/${machine}/${verb}`, {
          method,
          headers: { authorization: `Bearer ${token}` },
          ...(method === "POST" ? { body: "{}" } : {}),
        });
      expect((await ask("POST", "stop")).status).toBe(200);
      expect((await ask("GET", "wait?state=stopped&timeout=60")).status).toBe(200);
      const { Body } = await s3For(cloud).send(new GetObjectCommand({ Bucket: "tst-local-ada", Key: "kept.txt" }));
      expect(await Body?.transformToString()).toBe("kept\n");
      const log = (await project.tenantry("logs", "ada")).stdout;
      expect(log).toContain("everything was flushed: all that the app wrote is in the bucket");
    },
    600_000,
  );
});
