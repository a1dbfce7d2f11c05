import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";

const OWNER = "owner: team@example.com\n";
const MANIFEST = `manifest: { path: exports/acme.json, sha256: ${"ab".repeat(32)} }\n`;
const IN_FRANKFURT = `${OWNER}region: fra\n`;
const ON_VOLUME = `${OWNER}storage: { backend: fly-volume }\nregion: fra\n`;
const SLOW = 240_000;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  project.tenant("beta", IN_FRANKFURT);
  project.tenant("cyd");
  project.tenant("vol", ON_VOLUME);
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const mutations = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

/** What `plan` says, and that `up` says the very same, with the same exit code, and touches nothing at any vendor. */
async function refusedAlike(): Promise<string> {
  const before = await estateOf(cloud, "tst");
  await cloud.forgetCalls();
  const [plan, up] = [await project.tenantry("plan"), await project.tenantry("up")];
  expect(await mutations()).toEqual([]);
  expect(await estateOf(cloud, "tst")).toEqual(before);
  expect({ plan: plan.code, up: up.code }).toEqual({ plan: 3, up: 3 });
  expect(up.stderr).toMatch(/^DESTROY_UNDECLARED: data would be destroyed\n/);
  expect(plan.stdout).toContain(up.stderr.trim());
  expect(plan.stdout + plan.stderr + up.stdout + up.stderr).not.toMatch(/unprotect/);
  return up.stderr;
}

describe("an up whose plan is not one to apply", () => {
  it(
    "is refused as plan refuses it, before anything is touched: a purge straight from active, another region; taken back, nothing is left to do",
    async () => {
      project.tenant("acme", `${OWNER}state: purged\n${MANIFEST}`);
      project.tenant("beta", `${OWNER}region: nrt\n`);
      project.tenant("cyd", `${OWNER}database: { engine: none }\n`);
      project.tenant("vol", ON_VOLUME.replace("fra", "nrt"));
      project.tenant("zed");
      const told = await refusedAlike();
      expect(told).toMatch(
        /^ {2}beta: database \(tst-local-beta\) would be deleted and created again, and all its rows with it$/m,
      );
      expect(told).toMatch(/^ {2}vol: volume .* would be deleted and created again, and all its files with it$/m);
      for (const id of ["acme", "cyd"])
        expect(told).toMatch(new RegExp(`^ {2}${id}: database .* would be deleted, and all its rows with it$`, "m"));
      project.tenant("acme");
      project.tenant("beta", IN_FRANKFURT);
      project.tenant("cyd");
      project.tenant("vol", ON_VOLUME);
      project.removeTenant("zed");
      expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
    },
    SLOW,
  );

  it(
    "does not jam the stack where plain pulumi has begun it: the empty group of the other region goes by itself",
    async () => {
      project.tenant("acme", `${OWNER}region: nrt\n`);
      expect((await project.pulumi("up", "--yes", "--skip-preview")).code).not.toBe(0);
      project.tenant("acme");
      await project.shell(
        "pulumi stack export -s local | grep -o 'urn:[^\"]*turso:Group::aws-ap-northeast-1' | head -1 | xargs -I{} pulumi state protect {} --yes -s local",
      );
      const plan = await project.tenantry("plan");
      expect(plan.stdout).toContain("database group delete");
      expect(plan).toMatchObject({ code: 2, stdout: expect.not.stringContaining("unprotect") as unknown });
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect(await project.tenantry("plan")).toMatchObject({ code: 0 });
    },
    SLOW,
  );
});

describe("a purge of a tenant with files", () => {
  const object = { Bucket: "tst-local-acme", Key: "notes/left.md" };

  it(
    "is refused before its database and keys are deleted, and goes through once the bucket is empty",
    async () => {
      const s3 = s3For(cloud);
      await s3.send(new PutObjectCommand({ ...object, Body: "x" }));
      project.tenant("acme", `${OWNER}state: offboarding\n`);
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      project.tenant("acme", `${OWNER}state: purged\n${MANIFEST}`);
      expect(await refusedAlike()).toMatch(
        /acme: bucket \(tst-local-acme\) would be deleted, and the files that are in it/,
      );
      await s3.send(new DeleteObjectCommand(object));
      s3.destroy();
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect((await estateOf(cloud, "tst")).buckets).toEqual(["beta", "cyd"]);
    },
    SLOW,
  );
});
