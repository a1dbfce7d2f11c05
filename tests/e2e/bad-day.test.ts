import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { HeadBucketCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { type Outsider, outsider } from "../support/outsider.ts";
import "../support/localhost-names.js";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { type BootEnvironment, bootEnvironments, type Estate, estateOf, exercise } from "./estate.ts";

const OWNER = "owner: team@example.com\n";
const INSIDE = `${OWNER}machine: { ingress: private }\n`;
/** In two regions, with snapshots: where Tigris is slowest to show what was written. */
const ROOMY = `${OWNER}plan: roomy\n`;
const ON_DISK = `${OWNER}storage: { backend: fly-volume }\n`;
/** `ROOMY` with another value for every kind of setting that is changed in place. */
const CHANGED = `owner: others@example.com
plan: roomy
storage: { locations: global, softDeleteDays: 60 }
machine:
  image: ghcr.io/tenantry/reference-app:0.2.0
  memoryMb: 8192
  cpus: 4
  port: 9090
  healthPath: /healthz
  autostop: stop
  ingress: private
  env: { LOG_LEVEL: debug }
mount: { path: /srv/files, durability: fsync-on-close, memoryLimitMb: 2048, statCacheTtl: 30s }
access: [{ name: laptop, mode: read-only }]
`;
const GROWN = { disk: ON_DISK.replace("volume }", "volume, volume: { sizeGb: 2 } }"), inside: INSIDE, roomy: CHANGED };
const MANIFEST = `manifest: { path: exports/one.json, sha256: ${"ab".repeat(32)} }\n`;
const SLOW = 600_000;

let cloud: TestCloud;
let project: ScratchProject;
let outside: Outsider;

// One stack whose vendors are at their most awkward from its first call to its last; docs/embedded-cloud.md says how.
beforeAll(async () => {
  ({ cloud, project } = await startFleet({ storage: "by-name" }));
  outside = outsider(cloud);
  await cloud.allSwitches();
  await cloud.switches({ "tigris.pathStyleRefused": true });
  project.env["NODE_OPTIONS"] = `--import=${join(import.meta.dirname, "../support/localhost-names.js")}`;
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

type Files = Readonly<Record<string, string>>;

const eachWith = (more: string): Files =>
  Object.fromEntries(Object.entries(GROWN).map(([id, text]) => [id, text + more]));

async function succeeds(...verb: string[]): Promise<void> {
  const { code, stdout, stderr } = await project.tenantry(...verb);
  expect({ verb, code, said: code === 0 ? "" : stdout + stderr }).toEqual({ verb, code: 0, said: "" });
}

async function up(files: Files): Promise<void> {
  for (const [id, text] of Object.entries(files)) project.tenant(id, text);
  await succeeds("up");
}

const LISTED_LATE_MS = 20_000;

/** All there is, once Fly, whose lists are late, shows these machines; after a while whatever it shows. */
async function everything(machines: readonly string[]): Promise<Estate> {
  const began = Date.now();
  for (;;) {
    const found = await estateOf(cloud, "tst");
    if (isDeepStrictEqual(found.machines, machines) || Date.now() - began > LISTED_LATE_MS) return found;
    await sleep(1000);
  }
}

async function expectMachines(...wanted: readonly string[]): Promise<void> {
  expect((await everything(wanted)).machines).toEqual(wanted);
}

/** Whether what its machine was given opens a tenant's bucket, if it has one, and its database. */
const opens = (env: BootEnvironment): Promise<boolean> =>
  exercise(cloud, env).then(
    () => true,
    () => false,
  );

/** Which tenants have what opens, of those whose files are in a bucket. */
const opened = async (environments: ReadonlyMap<string, BootEnvironment>) =>
  Object.fromEntries(
    await Promise.all(
      ["inside", "roomy"].map(async (id) => [id, await opens(environments.get(`tst-local-${id}`) ?? {})] as const),
    ),
  );

async function stopAtFly(app: string): Promise<void> {
  const [machine] = await outside.fly<{ id: string; instance_id: string }[]>("GET", `/apps/${app}/machines`);
  const at = `/apps/${app}/machines/${machine?.id ?? ""}`;
  await outside.fly("POST", `${at}/stop`, {});
  await outside.fly("GET", `${at}/wait?state=stopped&timeout=60&instance_id=${machine?.instance_id ?? ""}`);
}

describe("on a day on which the vendors are at their most awkward", () => {
  it(
    "tenants of every kind are made, one of them suspended from birth, and the next plan is empty",
    async () => {
      await up({ disk: `${ON_DISK}state: suspended\n`, inside: INSIDE, roomy: ROOMY });
      const machines = ["disk created", "inside started", "roomy started"];
      expect(await everything(machines)).toEqual({
        buckets: ["inside", "roomy"],
        keys: ["inside", "roomy"].map((id) => `tenantry_${id}_machine_rw [tenantry_${id}_machine_rw]`),
        policies: ["tenantry_inside_machine_rw", "tenantry_roomy_machine_rw"],
        groups: [expect.stringMatching(/^aws-us-east-1-/)],
        databases: ["disk", "inside", "roomy"],
        apps: ["disk", "inside", "roomy"],
        machines,
        addresses: ["disk shared v4", "disk v6", "inside v6", "roomy shared v4", "roomy v6"],
      });
      expect(await opened(bootEnvironments(cloud, "tst"))).toEqual({ inside: true, roomy: true });
      await succeeds("plan");
    },
    SLOW,
  );

  it(
    "a tenant's key lists and makes no bucket",
    async () => {
      const env = bootEnvironments(cloud, "tst").get("tst-local-inside");
      const key = {
        accessKeyId: env?.["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: env?.["AWS_SECRET_ACCESS_KEY"] ?? "",
      };
      await expect(s3For(cloud, key).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    },
    SLOW,
  );

  it(
    "every kind of setting is changed and the suspended tenant resumes, and the next plan is empty",
    async () => {
      await up(GROWN);
      const machines = ["disk started", "inside started", "roomy started"];
      const shown = await everything(machines);
      expect(shown.machines).toEqual(machines);
      expect(shown.addresses).toEqual(["disk shared v4", "disk v6", "inside v6", "roomy v6"]);
      expect(shown.keys).toContain("tenantry_roomy_access-laptop_ro [tenantry_roomy_access-laptop_ro]");
      await succeeds("plan");
    },
    SLOW,
  );

  it(
    "new credentials reach a tenant whose machine Fly had stopped, which stays so, and one whose machine ran, and the old ones open nothing",
    async () => {
      await stopAtFly("tst-local-roomy");
      const before = bootEnvironments(cloud, "tst");
      await up(eachWith("rotation: { epoch: 2 }\n"));
      const after = bootEnvironments(cloud, "tst");
      expect(await opened(before)).toEqual({ inside: false, roomy: false });
      expect(await opened(after)).toEqual({ inside: true, roomy: true });
      await expectMachines("disk started", "inside started", "roomy stopped");
    },
    SLOW,
  );

  it(
    "suspended tenants are off, and back again when they resume",
    async () => {
      await up(eachWith("rotation: { epoch: 2 }\nstate: suspended\n"));
      await expectMachines("disk stopped", "inside stopped", "roomy stopped");
      expect(await opened(bootEnvironments(cloud, "tst"))).toEqual({ inside: false, roomy: false });
      await up(eachWith("rotation: { epoch: 2 }\nstate: offboarding\n"));
      await expectMachines("disk started", "inside started", "roomy stopped");
      expect(await opened(bootEnvironments(cloud, "tst"))).toEqual({ inside: true, roomy: true });
    },
    SLOW,
  );

  it(
    "exported and purged tenants leave nothing at any vendor, older versions of their files neither",
    async () => {
      await outside.s3("DELETE", "/tst-local-roomy/proof.txt");
      for (const id of ["inside", "roomy"])
        await succeeds("offboard", id, "--export", join(project.dir, "exports", id));
      await succeeds("up");
      for (const id of ["inside", "roomy"]) await succeeds("offboard", id, "--reason", "by the customer's word");
      await up({ disk: `${GROWN.disk}rotation: { epoch: 2 }\nstate: purged\n${MANIFEST}` });
      const left = Object.entries(await everything([])).filter(([, names]) => (names as string[]).length > 0);
      expect(left).toEqual([]);
      for (const id of ["inside", "roomy"]) {
        const head = s3For(cloud).send(new HeadBucketCommand({ Bucket: `tst-local-${id}` }));
        await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
      }
    },
    SLOW,
  );
});
