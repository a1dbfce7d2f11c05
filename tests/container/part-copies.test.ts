import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { addPolicy, attachPolicyToAccessKey, createAccessKey } from "@tigrisdata/iam";

import { policyDocument } from "../../provider/tigris/policy-document.ts";
import { dataOf, iamFor, s3For } from "../local/tigris/clients.ts";
import { itIf } from "../support/skip.ts";
import { type Machine, machinesRun, whyNoMachine } from "./machine.ts";
import { type Tenant, tenants } from "./tenants.ts";

const { cloud, start, tenant, clear, dispose } = tenants();
const SLOW = 120_000;
const SIZE = 12_000_000;
beforeAll(async () => {
  await start();
  if (machinesRun) await cloud().switches({ "tigris.partCopyUngranted": true });
}, SLOW);
afterEach(clear);
afterAll(dispose);

/** A machine's own key: no role, and the policy that tenantry gives it. */
async function machineKey({ bucket }: Tenant): Promise<Record<string, string>> {
  const config = iamFor(cloud());
  const { Statement } = policyDocument(bucket, "read-write");
  const statements = Statement.map(({ Effect, Action, Resource }) => ({
    effect: Effect,
    action: Action,
    resource: Resource,
  }));
  const document = { version: "2012-10-17", statements } as never;
  const policy = dataOf(await addPolicy(`${bucket}-machine`, { description: "", document, config }));
  const { id, secret = "" } = dataOf(await createAccessKey(`${bucket}-machine`, { bucketsRole: [], config }));
  dataOf(await attachPolicyToAccessKey(id, policy.resource, { config }));
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
}

/** Makes a file, then adds to it from a second machine, which does not have the file in its memory. */
async function extend(one: Tenant, env: Readonly<Record<string, string>>): Promise<Machine> {
  const key = await machineKey(one);
  const made = one.machine(["sh", "-c", `head -c ${SIZE} /dev/zero >"$MOUNT_PATH/f"`], { ...key, ...env });
  expect([await made.ended, made.log()]).toEqual([0, expect.stringContaining("everything was flushed")]);
  return one.machine(["sh", "-c", 'echo end >>"$MOUNT_PATH/f"; sync "$MOUNT_PATH/f" && echo synced; exec sleep 60'], {
    ...key,
    ...env,
  });
}

const sizeOf = async ({ bucket: Bucket }: Tenant) =>
  (await s3For(cloud()).send(new HeadObjectCommand({ Bucket, Key: "f" }))).ContentLength;

describe("a file of several parts that is added to, where no policy allows UploadPartCopy", () => {
  itIf(machinesRun, whyNoMachine)(
    "ends the app, which hears what avoids that; the file stays as it was",
    async () => {
      const one = await tenant();
      const machine = await extend(one, { STOP_FLUSH_SECONDS: "3" });
      expect(await machine.ended).not.toBe(0);
      expect(machine.log()).toContain("the key may not copy parts of a file; TIGRISFS_SINGLE_PART avoids that: f");
      expect(await sizeOf(one)).toBe(SIZE);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "reaches the bucket while TIGRISFS_SINGLE_PART is as large as the file",
    async () => {
      const one = await tenant();
      const machine = await extend(one, { TIGRISFS_SINGLE_PART: "16" });
      await machine.says(/^synced$/m);
      expect(await sizeOf(one)).toBe(SIZE + 4);
      machine.signal("SIGTERM");
      await machine.ended;
      expect(machine.log()).toContain("everything was flushed");
    },
    SLOW,
  );
});
