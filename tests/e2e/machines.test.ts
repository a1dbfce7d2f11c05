import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { machinesRun, whyNoMachine } from "../container/machine.ts";
import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type Ran, type ScratchProject } from "../support/scratch-project.ts";
import { hasProgram } from "../support/programs.ts";
import { itIf } from "../support/skip.ts";

const SLOW = 600_000;
const WITH_SNAPSHOTS = (quiesce: string) =>
  `owner: team@example.com\nstorage: { snapshots: true }\nsnapshots: { quiesce: ${quiesce} }\n`;
let cloud: TestCloud;
let project: ScratchProject;
let up: Ran;

beforeAll(async () => {
  if (!machinesRun) return;
  ({ cloud, project } = await startFleet({ machines: "processes" }));
  project.tenant("ada", WITH_SNAPSHOTS("[node, /srv/app/quiesce.ts]"));
  project.tenant("bob");
  project.tenant("eve", "owner: e@example.com\nmachine: { image: registry.example/unknown:1 }\n");
  up = await project.tenantry("up");
}, 600_000);

afterAll(async () => {
  if (!machinesRun) return;
  await endFleet({ cloud, project });
}, 120_000);

const read = async <Value>(...args: string[]) => parsed(await project.tenantry(...args, "--json")) as Value;

describe("tenants whose machines run", () => {
  itIf(machinesRun, whyNoMachine)("are up when their checks pass", async () => {
    expect({ code: up.code, said: up.stderr }).toMatchObject({ code: 0 });
    const status = await read<{ state: string; mount: string; url: string }>("status", "ada");
    expect(status).toMatchObject({ state: "started", checks: [{ status: "passing" }], mount: "running", runs: true });
    expect((await fetch(`${status.url}/healthz`)).status).toBe(200);
    const listed = await read<{ id: string; exists: { url: string } }[]>("list");
    expect(listed.find(({ id }) => id === "ada")?.exists.url).toBe(status.url);
  });

  itIf(machinesRun, whyNoMachine)(
    "keep what is written through an app to themselves: in the bucket, found, absent elsewhere",
    async () => {
      const { code, stdout } = await project.tenantry("demo", "--tenant", "ada");
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(
          /through its app:\n.*\/notes\/hello\n.*its file, \d+ bytes.*\n.*finds 1\n.*at bob\n$/,
        ),
      });
    },
  );

  itIf(machinesRun, whyNoMachine)("tell programs of it in JSON: `demo` one document, `logs` one a line", async () => {
    const demo = await read<{ app: { inBucket: string } }>("demo", "--tenant", "ada");
    expect(demo).toEqual({
      tenant: "ada",
      bucket: expect.stringMatching(/^tst-local-ada\/hello.txt: hello from ada/) as unknown,
      database: expect.stringMatching(/hello from ada.*\(row 2\)$/) as unknown,
      app: expect.objectContaining({ found: 1, absentAt: ["bob"] }) as unknown,
    });
    expect(demo.app.inBucket).toContain("Written through the app");
    const logs = await project.tenantry("logs", "ada", "--json", "--lines", "5");
    const lines = logs.stdout.trimEnd().split("\n");
    const documents = lines.map((line) => JSON.parse(line) as { time: string; machine: string; text: string });
    const { machine } = await read<{ machine: string }>("status", "ada");
    expect(documents).toHaveLength(5);
    for (const { time, text, ...rest } of documents) {
      expect({ ...rest, time: new Date(time).toISOString() }).toEqual({ machine, time });
      expect(text).not.toBe("");
    }
  });

  itIf(machinesRun, whyNoMachine)(
    "are let through a rollout's gates by what they answer: probe, requests, a note",
    async () => {
      const rollout = (status: number) =>
        `change: { rotation: { keys: 80d } }\nrings: [{ canary: [ada] }, rest]\ngates: { checks: 0s, probe: { path: /healthz, status: ${status} }, requests: { path: /healthz, count: 5 }, demo: true }\n`;
      mkdirSync(join(project.dir, "rollouts"), { recursive: true });
      const file = join(project.dir, "rollouts/keys.yaml");
      writeFileSync(file, rollout(204));
      expect(await project.tenantry("rollout", "start", "keys")).toMatchObject({ code: 0 });
      expect(await project.tenantry("up", "ada", "--yes")).toMatchObject({ code: 0 });
      const refused = await project.tenantry("rollout", "next", "keys");
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("ROLLOUT_GATE_OPEN") as unknown });
      expect(refused.stderr).toContain("ada: /healthz answers 200, not 204");
      writeFileSync(file, rollout(200));
      const { findings } = await read<{ findings: object[] }>("rollout", "next", "keys");
      expect(findings).toMatchObject([
        { tenant: "ada", gate: "checks", verdict: "holds" },
        { tenant: "ada", gate: "probe", verdict: "holds" },
        { tenant: "ada", gate: "requests", verdict: "holds", words: expect.stringMatching(/^0 of 5/) as unknown },
        { tenant: "ada", gate: "demo", verdict: "holds" },
      ]);
      expect(await project.tenantry("rollout", "back", "keys", "bob", "eve")).toMatchObject({ code: 0 });
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "hold their writes back for a snapshot by the app's own hook, and are fenced alone, which is told, where that fails",
    async () => {
      const snapshot = async () => {
        const { code, stdout, stderr } = await project.tenantry("snapshot", "ada", "--json");
        return { code, stderr, cut: JSON.parse(stdout) as { quiescedMs?: number; fencedMs: number } };
      };
      const quiet = await snapshot();
      expect(quiet).toMatchObject({ code: 0, stderr: expect.not.stringContaining("has failed") as unknown });
      expect(quiet.cut.quiescedMs).toBeGreaterThanOrEqual(quiet.cut.fencedMs);
      project.tenant("ada", WITH_SNAPSHOTS("[sh, -c, 'echo \"not $0\" >&2; exit 3']"));
      const told = "`snapshots.quiesce` failed, so only the database's fence blocks writes";
      const fenced = await snapshot();
      expect(fenced).toMatchObject({ code: 0, stderr: expect.stringContaining(told) as unknown });
      expect(fenced.stderr).toContain("begin: exit code 3: not begin");
      expect([fenced.cut.quiescedMs, fenced.cut.fencedMs > 0]).toEqual([undefined, true]);
      project.tenant("ada", WITH_SNAPSHOTS("[node, /srv/app/quiesce.ts]"));
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "take commands: `exec` prints all that they print, waits for nothing in the background, and ends as they end",
    async () => {
      const ran = await project.tenantry("exec", "ada", "--", "sh", "-c", "ls $MOUNT_PATH/notes; echo no >&2; exit 5");
      expect(ran).toMatchObject({ code: 5, stdout: "hello.md\n", stderr: "no\n" });
      const [large, background] = await Promise.all(
        ["yes | head -c 3000000", "sleep 100 & echo started"].map((line) =>
          project.tenantry("exec", "ada", "--", "sh", "-c", line),
        ),
      );
      expect([large?.code, large?.stdout.length]).toEqual([0, 3_000_000]);
      expect(background).toMatchObject({ code: 0, stdout: "started\n", stderr: "" });
      expect((await project.tenantry("exec", "eve", "--", "true")).stderr).toContain("MACHINES_ARE_RECORDS");
      expect((await project.tenantry("exec", "eve", "-i", "--", "true")).stderr).toContain("MACHINES_ARE_RECORDS");
      expect((await project.tenantry("exec", "ada")).stderr).toContain("-it for a shell");
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "stream what a command of `exec -i` reads and writes, whatever its size",
    async () => {
      const tenantry = join(import.meta.dirname, "../../cli/tenantry");
      const ran = await project.shell(
        `head -c 3000000 /dev/urandom >sent; '${tenantry}' exec ada -i -- cat <sent | cmp - sent && echo same`,
      );
      expect(ran).toMatchObject({ code: 0, stdout: "same\n", stderr: "" });
      expect((await project.tenantry("exec", "ada", "-i", "--", "sh", "-c", "exit 7")).code).toBe(7);
    },
  );

  itIf(machinesRun && hasProgram("script"), whyNoMachine)("give a shell on the terminal by `exec -it`", async () => {
    const typed = [
      ["# ", "stty -a | grep -o 'speed [0-9]*'; echo $TENANT-$((6*7))\n"],
      ["-42", "exit 3\n"],
    ] as const;
    const ran = await project.atTerminal(typed, "exec", "ada", "-it");
    expect(ran).toMatchObject({ code: 3, stderr: "" });
    expect(ran.stdout).toMatch(/speed \d+/);
  });

  itIf(machinesRun, whyNoMachine)("take text from `exec --stdin`, and bytes that are none only as base64", async () => {
    const tenantry = join(import.meta.dirname, "../../cli/tenantry");
    const exec = (bytes: string, command: string) =>
      project.shell(`${bytes} | '${tenantry}' exec ada --stdin -- sh -c '${command}'`);
    const [text, bytes, encoded] = await Promise.all([
      exec("printf '\\357\\273\\277h\\303\\251'", "od -An -tx1"),
      exec("printf 'a\\377'", "cat"),
      exec("printf 'a\\377' | base64", "base64 -d | od -An -tx1"),
    ]);
    expect(text).toMatchObject({ code: 0, stdout: " ef bb bf 68 c3 a9\n" });
    expect(bytes).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("EXEC_STDIN_BINARY") as unknown,
    });
    expect(encoded).toMatchObject({ code: 0, stdout: " 61 ff\n" });
  });

  itIf(machinesRun, whyNoMachine)(
    "tell what they wrote: `logs` has the entrypoint, TigrisFS and the app, and no secret",
    async () => {
      const { stdout } = await project.tenantry("logs", "ada", "--lines", "1000");
      expect(stdout).toContain("is mounted at /app/data");
      expect(stdout).toContain("File system has been successfully mounted");
      expect(stdout).toContain('"event":"listening"');
      const { AWS_ACCESS_KEY_ID: key = "?", AWS_SECRET_ACCESS_KEY: secret = "?" } = await secretEnv(
        project.tenantry,
        "ada",
      );
      expect([key, secret].map((each) => stdout.includes(each))).toEqual([false, false]);
    },
  );

  itIf(machinesRun, whyNoMachine)("say plainly that one is a record", async () => {
    expect(await read("status", "eve")).toMatchObject({ state: "started", runs: false, mount: null });
    expect((await project.tenantry("logs", "eve")).stdout).toContain(
      "nothing is registered here for its image registry.example/unknown:1",
    );
  });

  itIf(machinesRun, whyNoMachine)(
    "show no drift when one was stopped for want of traffic, and are started by `exec`",
    async () => {
      const { endpoint, token } = cloud.descriptor.fly;
      const { app, machine } = await read<{ app: string; machine: string }>("status", "bob");
      const headers = { authorization: `Bearer ${token}` };
      await fetch(`${endpoint}/v1/apps/${app}/machines/${machine}/stop`, { method: "POST", headers, body: "{}" });
      await fetch(`${endpoint}/v1/apps/${app}/machines/${machine}/wait?state=settled&timeout=60`, { headers });
      expect((await project.tenantry("drift")).code).toBe(0);
      expect(await project.tenantry("status", "bob", "eve")).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^bob +idle /m) as unknown,
      });
      const woken = await project.tenantry("exec", "bob", "--", "echo", "up");
      expect(woken).toMatchObject({ code: 0, stdout: "up\n", stderr: "bob: its machine idles; starting it …\n" });
    },
  );

  itIf(machinesRun, whyNoMachine)(
    "answer a request with a refusal at once while they are suspended, wake for none, and have their files after it",
    async () => {
      const { url } = await read<{ url: string }>("status", "bob");
      await project.tenantry("exec", "bob", "--", "sh", "-c", "echo kept >$MOUNT_PATH/kept.txt");
      expect(await project.tenantry("suspend", "bob", "--apply", "--yes")).toMatchObject({ code: 0 });
      const began = performance.now();
      const refused = await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/healthz`)));
      expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect((await project.tenantry("status", "bob")).stdout).toMatch(/^bob\n.*\n +state +suspended /);
      const exec = await project.tenantry("exec", "bob", "--", "true");
      expect(exec).toMatchObject({ code: 1, stderr: expect.stringContaining("MACHINE_DOWN") as unknown });
      expect(await project.tenantry("resume", "bob", "--apply", "--yes")).toMatchObject({ code: 0 });
      const kept = await project.tenantry("exec", "bob", "--", "sh", "-c", "cat $MOUNT_PATH/kept.txt");
      expect(kept).toMatchObject({ code: 0, stdout: "kept\n" });
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    },
    360_000,
  );

  itIf(machinesRun, whyNoMachine)(
    "go by `drop` while their app has written no more than its own list of migrations, and stay when it holds notes",
    async () => {
      const kept = await project.tenantry("drop", "ada", "--yes");
      expect(kept).toMatchObject({ code: 1, stdout: "" });
      expect(kept.stderr).toMatch(
        /bucket tst-local-ada holds \d+ files?, like \S+(?: \d+ older versions.*)?\n.*database tst-local-ada holds .*\d rows? in table hello/,
      );
      await project.tenantry("exec", "bob", "--", "sh", "-c", "rm -f $MOUNT_PATH/kept.txt");
      const gone = await project.tenantry("drop", "bob", "--yes", "--json");
      expect({ code: gone.code, said: gone.stderr }).toEqual({ code: 0, said: "" });
      expect(gone.stdout).toContain("rows in table schema_migrations, a migration tool's own list");
      expect(await project.tenantry("status", "ada")).toMatchObject({ code: 0 });
    },
    480_000,
  );
});
