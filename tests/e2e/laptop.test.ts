import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type BucketAccess, KEY_FORMS } from "../../operations/files/key-forms.ts";
import * as mounted from "../../operations/files/mounted.ts";
import { personalKeys } from "../../operations/files/personal-keys.ts";
import { openStack } from "../../stack/context.ts";
import { storedResources } from "../../operations/engine/stack-state.ts";
import { type Machine, machinesRun, startMachine, whyNoMachine } from "../container/machine.ts";
import { textOf } from "../docs/markdown.ts";
import { s3For } from "../local/tigris/clients.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { hasProgram } from "../support/programs.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { Ran, ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const SLOW = 120_000;
const ACME = `owner: team@example.com
access: # keys for people
  - { name: alice-laptop, mode: read-only }
  - { name: bob-laptop, mode: read-write } # the producer
`;
const BETA =
  "owner: team@example.com\nstorage: { locations: global }\naccess: [{ name: carol-laptop, mode: read-write }]\n";

let cloud: TestCloud;
let project: ScratchProject;
let dir: string;
let alice: BucketAccess;
let bob: BucketAccess;
let carol: BucketAccess;
const ran: Ran[] = [];
const argvs = new Set<string>();
/** Processes that were there before. To read them ten times a second takes the processor longer than the verbs. */
let others: ReadonlySet<string>;
let watch: NodeJS.Timeout;

beforeAll(async () => {
  others = new Set(processes());
  ({ cloud, project } = await startFleet());
  // The keys of its secrets, for what this process reads of the state.
  Object.assign(process.env, project.env);
  project.tenant("acme", ACME);
  project.tenant("beta", BETA);
  dir = mkdtempSync(join(tmpdir(), "tenantry-laptop-"));
  watch = setInterval(noteArguments, 100);
  const { code, stdout, stderr } = await project.asProcess("up");
  ran.push({ code, stdout, stderr });
  if (code !== 0) throw new Error(stdout + stderr);
  const resources = await storedResources({ ...openStack("local", project.dir), home: cloud.home }, { secrets: true });
  const access = (tenant: string, name: string): BucketAccess => {
    const key = personalKeys(tenant, resources).find((each) => each.name === name);
    if (key === undefined) throw new Error(`no key of ${name}`);
    return { tenant, key, endpoint: cloud.descriptor.tigris.endpoint, tigrisfs: {} };
  };
  [alice, bob, carol] = [access("acme", "alice-laptop"), access("acme", "bob-laptop"), access("beta", "carol-laptop")];
}, SLOW);

afterAll(async () => {
  clearInterval(watch);
  for (const name of readdirSync(dir)) spawnSync("fusermount3", ["-u", "-z", join(dir, name)]);
  rmSync(dir, { recursive: true, force: true });
  await endFleet({ cloud, project });
});

const processes = () => readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));

/** Every argument of every process since then, for the last test. */
function noteArguments(): void {
  const now = processes();
  // The id of one that has ended becomes that of a new one.
  others = new Set(now.filter((pid) => others.has(pid)));
  for (const pid of now.filter((each) => !others.has(each))) {
    try {
      argvs.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function tenantry(...args: string[]): Promise<Ran> {
  const done = await project.tenantry(...args);
  ran.push(done);
  return done;
}

const tenantFile = () => readFileSync(join(project.dir, "tenants/local/acme.yaml"), "utf8");

describe("tenantry access", () => {
  it(
    "lists who has a key and since when, adds and takes out entries of the file, and leaves the rest of it",
    async () => {
      expect((await tenantry("access", "acme", "--name", "eve-laptop")).stdout).toContain(
        "npx tenantry up --stack local",
      );
      expect(tenantFile()).toBe(`${ACME}  - name: eve-laptop\n    mode: read-only\n`);
      const { stdout } = await tenantry("access", "acme");
      expect(stdout).toMatch(/alice-laptop +read-only +ready +tid_\w+ +\d+[smh] ago +\d{4}-\d\d-\d\d/);
      expect(stdout).toMatch(/bob-laptop +read-write +ready/);
      expect(stdout).toMatch(/eve-laptop +read-only +pending/);
      const early = await tenantry("access", "acme", "--name", "eve-laptop", "--as", "env", "--out", join(dir, "eve"));
      expect(early.stderr).toContain("ACCESS_NOT_APPLIED");
      await tenantry("access", "acme", "--name", "eve-laptop", "--revoke");
      expect(tenantFile()).toBe(ACME);
      await tenantry("access", "acme", "--name", "eve-laptop-2", "--mode", "read-write");
      expect(tenantFile()).toBe(`${ACME}  - name: eve-laptop-2\n    mode: read-write\n`);
      await tenantry("access", "acme", "--name", "eve-laptop-2", "--revoke");
    },
    SLOW,
  );

  it(
    "writes a secret to a new file that only its owner can read, and into no pipe",
    async () => {
      const args = ["access", "acme", "--name", "bob-laptop", "--as", "env"];
      const [piped, written] = [await tenantry(...args), await tenantry(...args, "--out", join(dir, "bob.env"))];
      expect(piped).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("SECRET_NEEDS_FILE") as unknown,
      });
      expect(written.code).toBe(0);
      expect(statSync(join(dir, "bob.env")).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(dir, "bob.env"), "utf8")).toContain(bob.key.secret);
      expect((await tenantry(...args, "--out", join(dir, "bob.env"))).stderr).toContain("SECRET_FILE_EXISTS");
    },
    SLOW,
  );

  it("writes an AWS profile that the AWS SDK works with, address included", () => {
    writeFileSync(join(dir, "aws"), KEY_FORMS.aws(bob));
    const program = `import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
      await new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket: "${bob.key.bucket}", Key: "aws.txt", Body: "x" }));`;
    const env = { PATH: process.env["PATH"], AWS_CONFIG_FILE: join(dir, "aws"), AWS_PROFILE: "acme-bob-laptop" };
    const options = { env, encoding: "utf8", cwd: join(import.meta.dirname, "../..") } as const;
    expect(spawnSync(process.execPath, ["--input-type=module", "-e", program], options)).toMatchObject({ status: 0 });
  });
});

describe("tenantry mount, pull and push", () => {
  it("ask which key to use, and refuse writes with a read-only key", async () => {
    mkdirSync(join(dir, "some"));
    const [whose, writes] = [
      await tenantry("pull", "acme", join(dir, "none")),
      await tenantry("push", "acme", join(dir, "some"), "--name", "alice-laptop"),
    ];
    expect([whose.stderr, writes.stderr]).toEqual([
      expect.stringContaining("ACCESS_NAME_NEEDED"),
      expect.stringContaining("KEY_READ_ONLY"),
    ]);
    expect(existsSync(join(dir, "none"))).toBe(false);
  });

  it("say before a push where Tigris checks within one region only what has changed meanwhile", async () => {
    const folder = join(dir, "regional");
    mkdirSync(folder);
    const [everywhere, onePlace] = [
      await tenantry("push", "beta", folder, "--dry-run"),
      await tenantry("push", "acme", folder, "--name", "bob-laptop", "--dry-run"),
    ];
    expect(everywhere.stderr).toContain("the bucket of beta is global: Tigris checks within one region only");
    expect(onePlace).toMatchObject({ code: 0, stderr: "" });
  });

  itIf(machinesRun, whyNoMachine)(
    "bring a large file from a mount that SIGTERM ends to a folder, and what is deleted there back, with a yes",
    async () => {
      const args = ["mount", "acme", join(dir, "fore"), "--name", "bob-laptop", "--foreground"];
      const environment = { ...process.env, ...project.env };
      const cli = spawn(join(import.meta.dirname, "../../cli/tenantry"), args, { cwd: project.dir, env: environment });
      let words = "";
      cli.stdout.setEncoding("utf8").on("data", (text: string) => (words += text));
      while (!words.includes("is mounted") && cli.exitCode === null) await sleep(50);
      const large = Buffer.alloc(12_000_000, "large");
      writeFileSync(join(dir, "fore/large.bin"), large);
      cli.kill("SIGTERM");
      expect(await new Promise((resolve) => cli.on("close", resolve))).toBe(0);
      expect(words).toContain("is unmounted: everything that was written there is in the bucket");

      const pulled = join(dir, "pulled");
      expect(await tenantry("pull", "acme", pulled, "--name", "alice-laptop", "--dry-run")).toMatchObject({ code: 2 });
      expect(existsSync(pulled)).toBe(false);
      expect(await tenantry("pull", "acme", pulled, "--name", "alice-laptop")).toMatchObject({ code: 0 });
      expect(readFileSync(join(pulled, "large.bin")).equals(large)).toBe(true);
      rmSync(join(pulled, "large.bin"));
      const push = ["push", "acme", pulled, "--name", "bob-laptop", "--delete"];
      expect((await tenantry(...push)).stderr).toContain("SYNC_NEEDS_YES");
      expect(await tenantry(...push, "--yes")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("- large.bin") as unknown,
      });
      expect((await tenantry("pull", "acme", pulled, "--name", "alice-laptop", "--dry-run")).code).toBe(0);
    },
    SLOW,
  );
});

describe("tenantry mount and unmount for a program", () => {
  itIf(machinesRun, whyNoMachine)(
    "print one JSON document each, and so does a mount that stays for its beginning and its end",
    async () => {
      const folder = join(dir, "mounted for a program");
      const about = { tenant: "acme", name: "bob-laptop", readOnly: false };
      const made = await tenantry("mount", "acme", folder, "--name", "bob-laptop", "--json");
      expect(made.code).toBe(0);
      expect(JSON.parse(made.stdout)).toEqual({ mounted: folder, ...about });
      const ended = await tenantry("unmount", folder, "--json");
      expect(ended.code).toBe(0);
      expect(JSON.parse(ended.stdout)).toEqual({ unmounted: folder, isAllInBucket: true });

      // What is said to people of a mount that could not be written to is no claim about the bucket.
      await tenantry("mount", "acme", folder, "--name", "alice-laptop", "--read-only");
      expect(await tenantry("unmount", folder)).toMatchObject({
        code: 0,
        stdout: `${folder} is unmounted; it took no writes\n`,
      });

      const stays = staying("mount", "acme", folder, "--name", "bob-laptop", "--foreground", "--json");
      await stays.says('"mounted"');
      const { stdout } = await stays.end();
      expect(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual([
        { mounted: folder, ...about },
        { unmounted: folder, isAllInBucket: true },
      ]);
    },
    SLOW,
  );
});

/** A verb that stays, with what it has said so far. */
function staying(...args: string[]) {
  const environment = { ...process.env, ...project.env };
  const cli = spawn(join(import.meta.dirname, "../../cli/tenantry"), args, { cwd: project.dir, env: environment });
  let [stdout, stderr] = ["", ""];
  cli.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  cli.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ran>((resolve) => {
    cli.on("close", (code) => {
      const done = { code, stdout, stderr };
      ran.push(done);
      resolve(done);
    });
  });
  return {
    async says(words: string) {
      while (!(stdout + stderr).includes(words) && cli.exitCode === null) await sleep(50);
    },
    end: () => (cli.kill("SIGTERM"), ended),
  };
}

describe("tenantry live", () => {
  it(
    "keeps two laptops' folders together until SIGTERM, one of them only inwards, and each alone in its folder",
    async () => {
      const [bobs, alices] = [join(dir, "live-bob"), join(dir, "live-alice")];
      const bob = staying("live", "acme", bobs, "--name", "bob-laptop", "--json");
      const alice = staying("live", "acme", alices, "--name", "alice-laptop");
      await Promise.all([bob.says("stay in sync"), alice.says("is read-only")]);
      expect((await tenantry("pull", "acme", bobs, "--name", "bob-laptop")).stderr).toContain("SYNC_BUSY");
      writeFileSync(join(bobs, "live.txt"), "by bob");
      await Promise.all([bob.says('"what":"pushed","path":"live.txt"'), alice.says("← live.txt")]);
      expect(readFileSync(join(alices, "live.txt"), "utf8")).toBe("by bob");
      writeFileSync(join(alices, "own.txt"), "stays");
      const [told, read] = await Promise.all([bob.end(), alice.end()]);
      expect(told).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("folder and bucket are equal") as unknown,
      });
      expect(read).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("the folder has everything that the bucket has") as unknown,
      });
      expect(existsSync(join(bobs, "own.txt"))).toBe(false);
    },
    SLOW,
  );
});

const OPERATIONS = ["list", "read", "write", "delete"] as const;
type Can = Readonly<Record<(typeof OPERATIONS)[number], boolean>>;

/** The four operations as lines of shell in a folder, which print "yes" or "no" each. */
const IN_FOLDER = `for try in 'ls | grep -q seed' 'grep -q seed seed-$WHO' 'echo mine >mine-$WHO && sync mine-$WHO' 'rm seed-$WHO && sync .'; do
  if sh -c "$try" >/dev/null 2>&1; then echo "can: yes"; else echo "can: no"; fi; done`;

function canFrom(text: string): Can {
  const answers = [...text.matchAll(/can: (yes|no)/g)].map(([, answer]) => answer === "yes");
  return Object.fromEntries(OPERATIONS.map((operation, place) => [operation, answers[place] === true])) as Can;
}

/** What the holder of a key can do with acme's bucket, tried for real; each has an object of its own to read and delete. */
const WAYS = {
  async mount(access: BucketAccess, who: string): Promise<Can> {
    const place = mounted.mountPlace(cloud.home, join(dir, `mount-${who}`));
    const readOnly = access.key.mode === "read-only";
    try {
      await mounted.mount(access, place, { readOnly, env: process.env });
    } catch {
      return canFrom("");
    }
    const env = { ...process.env, WHO: who };
    const { stdout } = spawnSync("sh", ["-c", IN_FOLDER], { cwd: place.dir, encoding: "utf8", env });
    await mounted.unmount(place);
    return canFrom(stdout);
  },
  rclone(access: BucketAccess, who: string): Promise<Can> {
    const conf = join(dir, `rclone-${who}.conf`);
    writeFileSync(conf, KEY_FORMS.rclone(access));
    const remote = `${access.tenant}-${access.key.name}:${access.key.bucket}`;
    const rclone = (...args: string[]) => {
      const env = { PATH: process.env["PATH"] };
      return spawnSync("rclone", ["--config", conf, "--retries=1", "--low-level-retries=1", ...args], {
        env,
        input: "mine",
      });
    };
    const calls = [
      ["lsf", remote],
      ["cat", `${remote}/seed-${who}`],
      ["rcat", `${remote}/mine-${who}`],
      ["deletefile", `${remote}/seed-${who}`],
    ];
    const results = calls.map((args) => rclone(...args)).map(({ status }) => `can: ${status === 0 ? "yes" : "no"}`);
    return Promise.resolve(canFrom(results.join()));
  },
  async "S3 API"(access: BucketAccess, who: string): Promise<Can> {
    const client = s3For(cloud, { accessKeyId: access.key.keyId, secretAccessKey: access.key.secret });
    const [Bucket, Key] = [access.key.bucket, `seed-${who}`];
    const calls = [
      () => client.send(new ListObjectsV2Command({ Bucket })),
      () => client.send(new GetObjectCommand({ Bucket, Key })),
      () => client.send(new PutObjectCommand({ Bucket, Key: `mine-${who}`, Body: "mine" })),
      () => client.send(new DeleteObjectCommand({ Bucket, Key })),
    ];
    const results: string[] = [];
    for (const call of calls)
      results.push(
        await call().then(
          () => "can: yes",
          () => "can: no",
        ),
      );
    return canFrom(results.join());
  },
} as const;

async function seed(who: string): Promise<void> {
  const root = s3For(cloud);
  await root.send(new PutObjectCommand({ Bucket: bob.key.bucket, Key: `seed-${who}`, Body: "seed" }));
}

async function row(title: string, way: keyof typeof WAYS, access: BucketAccess): Promise<string[]> {
  const who = `${title}-${way}`.replaceAll(/\W+/g, "-");
  await seed(who);
  const can = await WAYS[way](access, who);
  return [title, way, ...OPERATIONS.map((operation) => (can[operation] ? "yes" : "no"))];
}

async function machineRow(access: BucketAccess): Promise<string[]> {
  await seed("machine");
  const env = {
    BUCKET_NAME: access.key.bucket,
    AWS_ENDPOINT_URL_S3: access.endpoint,
    AWS_ACCESS_KEY_ID: access.key.keyId,
    AWS_SECRET_ACCESS_KEY: access.key.secret,
  };
  const machine: Machine = startMachine({ ...env, WHO: "machine" }, ["sh", "-c", `cd "$MOUNT_PATH"; ${IN_FOLDER}`]);
  await machine.ended;
  const can = canFrom(machine.log());
  await machine.dispose();
  return ["the tenant's machine", "mount", ...OPERATIONS.map((operation) => (can[operation] ? "yes" : "no"))];
}

/** The rows of the table in the docs that this test stands for. */
function documented(): string[][] {
  const section = textOf("docs/files-from-a-laptop.md")
    .split(/^## /m)
    .find((part) => part.startsWith("Who can do what"));
  const lines = (section ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("two laptops and a machine on one tenant", () => {
  itIf(machinesRun && hasProgram("rclone"), whyNoMachine || "there is no rclone on PATH")(
    "can each do what docs/files-from-a-laptop.md says, and no more",
    async () => {
      const secrets = await secretEnv(project.tenantry, "acme");
      const machineKey = {
        ...bob.key,
        name: "machine",
        keyId: secrets["AWS_ACCESS_KEY_ID"] ?? "",
        secret: secrets["AWS_SECRET_ACCESS_KEY"] ?? "",
      };
      const atAcme: BucketAccess = { ...carol, key: { ...carol.key, bucket: bob.key.bucket } };
      const ways = ["mount", "rclone", "S3 API"] as const;
      const rows: string[][] = [];
      for (const [title, access] of [
        ["read-only laptop", alice],
        ["read-write laptop", bob],
      ] as const)
        for (const way of ways) rows.push(await row(title, way, access));
      rows.push(await machineRow({ ...bob, key: machineKey }));
      for (const way of ways) rows.push(await row("another tenant's laptop", way, atAcme));
      await tenantry("access", "acme", "--name", "bob-laptop", "--revoke");
      expect(await tenantry("up")).toMatchObject({ code: 0 });
      for (const way of ways) rows.push(await row("the read-write laptop, revoked", way, bob));
      expect(documented()).toEqual(rows);
    },
    SLOW,
  );
});

describe("a person's secret", () => {
  it("is in nothing that was printed, and in no process's arguments", () => {
    const secrets = [alice, bob, carol].map(({ key }) => key.secret);
    const seen = [...ran.map(({ stdout, stderr }) => stdout + stderr), ...argvs];
    expect(ran.length).toBeGreaterThan(10);
    // A quick verb may come and go between two looks; these stay for seconds.
    const lasting = machinesRun ? ["main.ts\0up", "main.ts\0mount", "tigrisfs\0-f"] : ["main.ts\0up"];
    expect(lasting.filter((words) => ![...argvs].some((argv) => argv.includes(words)))).toEqual([]);
    expect(seen.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
  });
});
