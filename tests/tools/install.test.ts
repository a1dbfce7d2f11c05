import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "@jest/globals";

import { FakeMachine } from "./fake-machine.ts";

const machines: FakeMachine[] = [];

afterEach(() => {
  for (const machine of machines.splice(0)) machine.remove();
});

function newMachine(): FakeMachine {
  const machine = new FakeMachine();
  machines.push(machine);
  return machine;
}

const built = ["pulumi", "pulumi-language-nodejs", "versitygw", "tigrisfs", "mount-watch"];

function buildsIn(calls: readonly string[]): string[] {
  return calls.filter((call) => call.startsWith("go build")).map((call) => /\/tools\/(\S+)/.exec(call)?.[1] ?? call);
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

describe("tools/install.sh", () => {
  it("installs all that is needed, and the second time finds it there", async () => {
    const machine = newMachine();
    machine.putNode();
    const clone = machine.clone();
    const first = await machine.run(join(clone, "tools/install.sh"), ["run"]);
    expect(first).toMatchObject({ code: 0 });
    const calls = machine.calls();
    expect(buildsIn(calls).sort()).toEqual([...built].sort());
    expect(calls.filter((call) => call.startsWith("npm ci"))).toHaveLength(1);
    for (const name of built) {
      const program = readlinkSync(join(clone, ".tenantry/bin", name));
      expect(program.startsWith(join(machine.cache, "tenantry/tools/"))).toBe(true);
      expect(await machine.run(program)).toMatchObject({ stdout: `${name}\n` });
    }

    const second = await machine.run(join(clone, "tools/install.sh"), ["run"]);
    expect(second).toMatchObject({ code: 0 });
    expect(machine.calls().filter((call) => /^(go|npm) /.test(call))).toEqual([]);
  });

  it("lets nobody else read the local stack's state and passphrase", async () => {
    const machine = newMachine();
    machine.putNode();
    const clone = machine.clone();
    expect(await machine.run(join(clone, "tools/install.sh"))).toMatchObject({ code: 0 });
    for (const folder of [".tenantry", ".tenantry/state", ".tenantry/pulumi"]) {
      expect(modeOf(join(clone, folder))).toBe(0o700);
    }
    expect(modeOf(join(clone, ".tenantry/passphrase"))).toBe(0o600);
    expect(readFileSync(join(clone, ".tenantry/passphrase"), "utf8")).toBe("tenantry-local\n");
  });

  it("gives a second clone the programs of the first", async () => {
    const machine = newMachine();
    machine.putNode();
    await machine.run(join(machine.clone("one"), "tools/install.sh"));
    machine.calls();
    expect(await machine.run(join(machine.clone("two"), "tools/install.sh"))).toMatchObject({ code: 0 });
    expect(buildsIn(machine.calls())).toEqual([]);
  });

  it("builds each program once when two clones start at the same time", async () => {
    const machine = newMachine();
    machine.putNode();
    const clones = [machine.clone("one"), machine.clone("two")];
    const ran = await Promise.all(clones.map((clone) => machine.run(join(clone, "tools/install.sh"))));
    expect(ran.map(({ code }) => code)).toEqual([0, 0]);
    expect(buildsIn(machine.calls()).sort()).toEqual([...built].sort());
  });

  it("leaves nothing of a build behind but the program", async () => {
    const machine = newMachine();
    machine.putNode();
    await machine.run(join(machine.clone(), "tools/install.sh"));
    expect(machine.kept().map((name) => name.replace(/-[0-9a-f]{16}\//, "/"))).toEqual([
      "mount-watch/mount-watch",
      "pulumi/pulumi",
      "pulumi/pulumi-language-nodejs",
      "tigrisfs/tigrisfs",
      "versitygw/versitygw",
    ]);
    const { stdout } = await machine.run("/bin/ls", ["-A", join(machine.cache, "tenantry"), join(machine.dir, "home")]);
    expect(stdout).not.toContain("work");
    expect(stdout).not.toContain("go");
  });

  it("installs the npm packages again when the lock file has changed", async () => {
    const machine = newMachine();
    machine.putNode();
    const clone = machine.clone();
    await machine.run(join(clone, "tools/install.sh"));
    machine.calls();
    const lock = join(clone, "package-lock.json");
    writeFileSync(lock, readFileSync(lock, "utf8").replace("1.0.0", "1.0.1"));
    expect(await machine.run(join(clone, "tools/install.sh"))).toMatchObject({ code: 0 });
    expect(machine.calls().filter((call) => call.startsWith("npm ci"))).toHaveLength(1);
  });

  it("links the project's own command, which npm leaves out", async () => {
    const machine = newMachine();
    machine.putNode();
    const clone = machine.clone();
    await machine.run(join(clone, "tools/install.sh"));
    expect(realpathSync(join(clone, "node_modules/.bin/tenantry"))).toBe(join(clone, "cli/tenantry"));
  });

  it("puts Pulumi and its language host into one folder, as Pulumi wants them", async () => {
    const machine = newMachine();
    machine.putNode();
    const clone = machine.clone();
    await machine.run(join(clone, "tools/install.sh"));
    const [cli, host] = ["pulumi", "pulumi-language-nodejs"].map((name) =>
      realpathSync(join(clone, ".tenantry/bin", name)),
    );
    expect(host).toBe(`${cli ?? ""}-language-nodejs`);
  });

  describe("takes Pulumi from PATH", () => {
    async function pulumiOf(machine: FakeMachine): Promise<string> {
      const clone = machine.clone();
      expect(await machine.run(join(clone, "tools/install.sh"))).toMatchObject({ code: 0 });
      return readlinkSync(join(clone, ".tenantry/bin/pulumi"));
    }

    it("when it is new enough and has its language host", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("pulumi", "echo v3.249.0");
      machine.put("pulumi-language-nodejs", "");
      expect(await pulumiOf(machine)).toBe(join(machine.bin, "pulumi"));
      expect(buildsIn(machine.calls())).toEqual(["versitygw", "tigrisfs", "mount-watch"]);
    });

    it("not when it is too old", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("pulumi", "echo v3.248.9");
      machine.put("pulumi-language-nodejs", "");
      expect(await pulumiOf(machine)).toContain(machine.cache);
    });

    it("not when its language host is absent", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("pulumi", "echo v3.300.0");
      expect(await pulumiOf(machine)).toContain(machine.cache);
    });

    it("not when it is our own link", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("pulumi", "echo v3.300.0");
      machine.put("pulumi-language-nodejs", "");
      const clone = machine.clone();
      const path = { PATH: `${join(clone, ".tenantry/bin")}:${machine.bin}` };
      await machine.run(join(clone, "tools/install.sh"), [], path);
      await machine.run(join(clone, "tools/install.sh"), [], path);
      expect(readlinkSync(join(clone, ".tenantry/bin/pulumi"))).toBe(join(machine.bin, "pulumi"));
    });
  });

  describe("installs Litestream for gates", () => {
    it.each([
      ["built, when there is none on PATH", undefined, true],
      ["built, when the one on PATH is too old", "v0.3.13", true],
      ["from PATH, when it is new enough", "0.5.20", false],
    ])("%s", async (_, version, isBuilt) => {
      const machine = newMachine();
      machine.putNode();
      if (version !== undefined) machine.put("litestream", `echo ${version}`);
      const clone = machine.clone();
      expect(await machine.run(join(clone, "tools/install.sh"), ["gates"])).toMatchObject({ code: 0 });
      expect(buildsIn(machine.calls()).includes("litestream")).toBe(isBuilt);
      const link = join(clone, ".tenantry/bin/litestream");
      expect(readlinkSync(link).startsWith(isBuilt ? machine.cache : machine.bin)).toBe(true);
    });
  });

  describe("gets Node", () => {
    it("from PATH when it is new enough", async () => {
      const machine = newMachine();
      machine.putNode();
      const clone = machine.clone();
      await machine.run(join(clone, "tools/install.sh"));
      expect(readlinkSync(join(clone, ".tenantry/bin/node"))).toBe(join(machine.bin, "node"));
    });

    it("from npm when the one on PATH is too old", async () => {
      const machine = newMachine();
      machine.put("node", "echo v22.17.9");
      const clone = machine.clone();
      expect(await machine.run(join(clone, "tools/install.sh"))).toMatchObject({ code: 0 });
      expect(readlinkSync(join(clone, ".tenantry/bin/node"))).toContain(join(machine.cache, "tenantry/tools/node-"));
      expect(realpathSync(join(clone, ".tenantry/bin/node"))).toBe(realpathSync(process.execPath));
    });

    it("not at all without npm, and says what to do", async () => {
      const machine = newMachine();
      machine.takeAway("npm");
      const ran = await machine.run(join(machine.clone(), "tools/install.sh"));
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("install Node 22.18 or newer");
    });
  });

  describe("when a build fails", () => {
    const failing = (name: string) => `
      case "$*" in *build*/${name}/*) echo "cannot build this" >&2; exit 1 ;; esac
      case $1 in list) echo . ;; build) while [ "$1" != -o ]; do shift; done; : >"$2"; chmod +x "$2" ;; env) echo x ;; esac`;

    it("goes on without TigrisFS, in one clear line", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("go", failing("tigrisfs"));
      const clone = machine.clone();
      const ran = await machine.run(join(clone, "tools/install.sh"));
      expect(ran.code).toBe(0);
      expect(ran.stderr).toContain("going on without tigrisfs");
      expect(lstatSync(join(clone, ".tenantry/bin"), { throwIfNoEntry: true }).isDirectory()).toBe(true);
    });

    it("stops without Pulumi, shows why, and keeps nothing half-built", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("go", failing("pulumi"));
      const ran = await machine.run(join(machine.clone(), "tools/install.sh"));
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("cannot build this");
      expect(machine.kept().filter((name) => name.endsWith("/pulumi"))).toEqual([]);
    });

    it("says so when there is no Go at all", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.takeAway("go");
      const ran = await machine.run(join(machine.clone(), "tools/install.sh"));
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("there is no Go");
    });
  });

  describe("Debian packages", () => {
    it("are installed by root, and only those whose command is absent", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("id", "echo 0");
      machine.put("fusermount3", "");
      machine.put("apt-get", "");
      await machine.run(join(machine.clone(), "tools/install.sh"), ["test"]);
      const apt = machine.calls().filter((call) => call.startsWith("apt-get"));
      expect(apt).toHaveLength(1);
      expect(apt[0]).toMatch(/ install shellcheck rclone chromium umoci$/);
    });

    it("are looked for in a fresh list when the first try fails", async () => {
      const machine = newMachine();
      machine.putNode();
      const updated = join(machine.dir, "updated");
      machine.put("id", "echo 0");
      machine.put("apt-get", `case "$*" in *update) : >'${updated}' ;; *) [ -e '${updated}' ] ;; esac`);
      const ran = await machine.run(join(machine.clone(), "tools/install.sh"));
      expect(ran.code).toBe(0);
      expect(machine.calls().filter((call) => call.startsWith("apt-get"))).toHaveLength(3);
    });

    it("are named to everybody else, and missed", async () => {
      const machine = newMachine();
      machine.putNode();
      machine.put("apt-get", "");
      const ran = await machine.run(join(machine.clone(), "tools/install.sh"));
      expect(ran.code).toBe(0);
      expect(ran.stderr).toContain("apt-get install fuse3");
      expect(machine.calls().filter((call) => call.startsWith("apt-get"))).toEqual([]);
    });
  });
});
