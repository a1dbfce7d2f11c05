import { readFileSync } from "node:fs";
import { join } from "node:path";

import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { embeddedUrls } from "../../operations/machines/embedded-machines.ts";
import { openStack } from "../../stack/context.ts";
import { machinesRun, whyNoMachine } from "../container/machine.ts";
import { s3For } from "../local/tigris/clients.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { type Outsider, outsider } from "../support/outsider.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const OWNER = "owner: team@example.com\n";
const MANIFEST = `manifest: { path: exports/disk.json, sha256: ${"ab".repeat(32)} }\n`;
const ACME = `${OWNER}access: [{ name: mover, mode: read-write }]\n`;
const ON_VOLUME = `${OWNER}storage: { backend: fly-volume }\n`;
const SLOW = 180_000;

interface Volume {
  readonly id: string;
  readonly state: string;
  readonly attached_machine_id: string | null;
}

let cloud: TestCloud;
let project: ScratchProject;
let outside: Outsider;
let moved: Volume[];

// The same app, `acme` on a bucket and `disk` on a volume.
beforeAll(async () => {
  ({ cloud, project } = await startFleet({ machines: machinesRun ? "processes" : "records" }));
  outside = outsider(cloud);
  project.tenant("acme", ACME);
  project.tenant("disk", ON_VOLUME);
  await up(project, "--no-refresh");
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const volumesOf = async (tenant: string) =>
  (await outside.fly<Volume[]>("GET", `/apps/tst-local-${tenant}/volumes`)).filter(({ state }) => state === "created");

async function app(
  tenant: string,
  method: string,
  path: string,
  note?: object,
): Promise<{ status: number; text: string }> {
  const url = (await embeddedUrls({ ...openStack("local", project.dir), home: cloud.home })).get(`tst-local-${tenant}`);
  const body =
    note === undefined ? {} : { body: JSON.stringify(note), headers: { "content-type": "application/json" } };
  const answer = await fetch(`${url ?? "http://127.0.0.1:1"}${path}`, { method, ...body });
  return { status: answer.status, text: await answer.text() };
}

/** The shell's lines in docs/backends.md, below "Copying", for one direction; the entry `mover` exists already. */
function copyingLines(direction: string): string[] {
  const [, page = ""] = readFileSync(join(import.meta.dirname, "../../docs/backends.md"), "utf8").split("### Copying");
  const block = (after: string) => /```sh\n(.*?)```/s.exec(page.slice(page.indexOf(after)))?.[1] ?? "";
  return [block("```yaml").replace("npx tenantry up\n", ""), block(direction), block("Then unmount")];
}

const write = (tenant: string, text: string) => app(tenant, "PUT", "/notes/hello", { title: "Hello", text });

describe("the same app on a bucket and on a volume (each case goes on from the one before)", () => {
  it(
    "exist without drift, each with its own kind of storage only",
    async () => {
      expect((await volumesOf("disk")).map((volume) => typeof volume.attached_machine_id)).toEqual(["string"]);
      expect(await volumesOf("acme")).toEqual([]);
      await expect(s3For(cloud).send(new HeadBucketCommand({ Bucket: "tst-local-disk" }))).rejects.toThrow();
      const environment = await secretEnv(project.tenantry, "disk");
      expect(Object.keys(environment).filter((name) => /^(?:AWS_|BUCKET_|TIGRISFS_)/.test(name))).toEqual([]);
      expect((await project.tenantry("drift")).code).toBe(0);
      expect((await project.tenantry("plan", "--no-refresh")).code).toBe(0);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "writes, reads and finds notes on both, and neither has the other's",
    async () => {
      for (const tenant of ["acme", "disk"]) {
        expect((await write(tenant, `lives at ${tenant}s`)).status).toBe(201);
        expect((await app(tenant, "GET", "/notes/hello")).text).toContain(`lives at ${tenant}s`);
        expect(JSON.parse((await app(tenant, "GET", `/search?q=${tenant}s`)).text)).toMatchObject({
          notes: [{ id: "hello" }],
        });
      }
      expect(JSON.parse((await app("acme", "GET", "/search?q=disks")).text)).toMatchObject({ notes: [] });
      expect(JSON.parse((await app("disk", "GET", "/search?q=acmes")).text)).toMatchObject({ notes: [] });
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "has its notes after its machine was stopped and started again",
    async () => {
      for (const tenant of ["acme", "disk"]) {
        const [machine] = await outside.fly<{ id: string; instance_id: string }[]>(
          "GET",
          `/apps/tst-local-${tenant}/machines`,
        );
        const at = `/apps/tst-local-${tenant}/machines/${machine?.id ?? ""}`;
        await outside.fly("POST", `${at}/stop`, {});
        await outside.fly("GET", `${at}/wait?state=stopped&timeout=60&instance_id=${machine?.instance_id ?? ""}`);
        // The first request starts it.
        expect((await app(tenant, "GET", "/notes/hello")).text).toContain(`lives at ${tenant}s`);
      }
    },
    SLOW,
  );
});

describe("a tenant that moves to another backend (each case goes on from the one before)", () => {
  it(
    "is refused as long as its file says nothing of the old one",
    async () => {
      project.tenant("acme", ON_VOLUME);
      const plan = await project.tenantry("plan", "--no-refresh");
      expect(plan.code).toBe(1);
      expect(plan.stdout).toContain("STORAGE_MOVE_UNDECLARED: tenants/local/acme.yaml does not mention tigris");
      expect(plan.stdout).not.toContain("unhandled");
    },
    SLOW,
  );

  it(
    "gets a new machine on new storage, and is told before that no file comes along",
    async () => {
      await cloud.forgetCalls();
      project.tenant("acme", `${ACME}storage: { backend: fly-volume, kept: { tigris: protected } }\n`);
      const plan = await project.tenantry("plan", "--no-refresh");
      expect({ code: plan.code, said: plan.stdout }).toMatchObject({
        code: 2,
        said: expect.stringContaining("NONE is copied") as unknown,
      });
      expect((await up(project, "--no-refresh")).stderr).toContain("acme: moves from tigris to fly-volume");
      moved = await volumesOf("acme");
      expect(moved).toHaveLength(1);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "has an app there that finds no note, until they are copied as docs/backends.md says",
    async () => {
      expect((await app("acme", "GET", "/notes/hello")).status).toBe(404);
      for (const line of copyingLines("Copy to the volume")) {
        const ran = await project.shell(
          line.replaceAll("npx tenantry", join(import.meta.dirname, "../../cli/tenantry")),
        );
        expect({ line, code: ran.code, said: ran.stderr }).toMatchObject({ line, code: 0 });
      }
      expect((await app("acme", "GET", "/notes/hello")).text).toContain("lives at acmes");
      expect((await app("acme", "PUT", "/notes/second", { title: "Second", text: "after the copy" })).status).toBe(201);
    },
    SLOW,
  );

  it(
    "goes back to what it left, and none of its storage was deleted on either way",
    async () => {
      project.tenant("acme", `${ACME}storage: { kept: { fly-volume: released } }\n`);
      await up(project, "--no-refresh");
      expect(await volumesOf("acme")).toMatchObject([{ id: moved[0]?.id, attached_machine_id: null }]);
      const deleted = (await cloud.calls()).map(({ operation }) => operation).filter((name) => /delete/i.test(name));
      // The machines that gave way to others, and the key of the machine that left the bucket.
      expect(deleted.sort()).toEqual(["DELETE /v1/apps/{app}/machines/{machine}", "DeleteAccessKey", "DeletePolicy"]);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)("has its notes again", async () => {
    expect((await app("acme", "GET", "/notes/hello")).text).toContain("lives at acmes");
  });

  it(
    "loses what it left behind only when that was released in a step before, and a volume's tenant is purged in two steps",
    async () => {
      project.tenant("acme", ACME);
      project.tenant("disk", `${ON_VOLUME}state: offboarding\n`);
      const plan = await project.tenantry("plan", "--no-refresh");
      expect({ code: plan.code, said: plan.stdout }).toMatchObject({
        code: 2,
        said: expect.stringContaining("volume delete") as unknown,
      });
      await up(project, "--no-refresh");
      expect(await volumesOf("acme")).toEqual([]);
      expect(await volumesOf("disk")).toHaveLength(1);
      project.tenant("disk", `${ON_VOLUME}state: purged\n${MANIFEST}`);
      await up(project, "--no-refresh");
      await expect(outside.fly("GET", "/apps/tst-local-disk")).rejects.toThrow(/404/);
    },
    SLOW,
  );
});
