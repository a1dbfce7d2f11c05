import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { FakeMachine } from "./fake-machine.ts";

/** What stands for the place of the official releases: each file by its path; what is named as hanging is never answered. */
class Releases {
  readonly files = new Map<string, Buffer>();
  readonly hanging = new Set<string>();
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(({ url = "" }, answer) => {
      this.asked.push(url);
      const file = this.files.get(url);
      if (this.hanging.has(url)) return;
      if (file === undefined) answer.writeHead(404).end();
      else answer.end(file);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Also a second time. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("tools/programs.sh, where there is an official release", () => {
  let machine: FakeMachine;
  let releases: Releases;
  let script: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    machine = new FakeMachine();
    for (const name of ["curl", "tar", "gzip"]) machine.link(name);
    machine.put("uname", 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; *) echo "Linux x86_64" ;; esac');
    script = join(machine.clone(), "tools/programs.sh");
    releases = new Releases();
    env = { TENANTRY_RELEASES: await releases.open(), TENANTRY_RELEASE_SECONDS: "2" };
  });

  afterEach(async () => {
    await releases.close();
    machine.remove();
  });

  const versionOf = async (name: string) => (await machine.run(script, ["version", name])).stdout.trim();

  /** Publishes an archive with these programs, and its checksum. Answers the paths that both are asked for at. */
  function publish(folder: string, archive: string, sums: string, programs: readonly string[]) {
    const from = join(machine.dir, "published");
    for (const program of programs) {
      mkdirSync(join(from, dirname(program)), { recursive: true });
      writeFileSync(join(from, program), "#!/bin/sh\necho official\n", { mode: 0o755 });
    }
    execFileSync("tar", ["-czf", join(machine.dir, "archive"), "-C", from, ...programs]);
    rmSync(from, { recursive: true });
    const bytes = readFileSync(join(machine.dir, "archive"));
    const sum = createHash("sha256").update(bytes).digest("hex");
    releases.files.set(`${folder}/${archive}`, bytes);
    releases.files.set(`${folder}/${sums}`, Buffer.from(`${"0".repeat(64)}  another.tar.gz\n${sum}  ${archive}\n`));
    return { archive: `${folder}/${archive}`, sums: `${folder}/${sums}` };
  }

  async function publishPulumi() {
    const version = await versionOf("pulumi");
    const folder = `/pulumi/pulumi/releases/download/${version}`;
    const both = ["pulumi/pulumi", "pulumi/pulumi-language-nodejs"];
    return publish(folder, `pulumi-${version}-linux-x64.tar.gz`, `pulumi-${version.slice(1)}-checksums.txt`, both);
  }

  /** Makes programs; answers what each then says, and what was told. */
  async function made(names: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const ran = await machine.run(script, ["make", ...names], { ...env, ...more });
    const paths = (await machine.run(script, ["path", ...names])).stdout.trim().split("\n");
    const says = await Promise.all(paths.map(async (path) => (await machine.run(path)).stdout.trim()));
    const built = machine.calls().some((call) => call.startsWith("go build"));
    return { code: ran.code, says, built, told: ran.stderr };
  }

  it("takes Pulumi's two programs from one archive, and builds nothing", async () => {
    const { archive, sums } = await publishPulumi();
    const found = await made(["pulumi", "pulumi-language-nodejs"]);
    expect(found).toMatchObject({ code: 0, says: ["official", "official"], built: false });
    expect(releases.asked).toEqual([sums, archive]);
  });

  it("never takes one that is not what its makers say it is", async () => {
    const { archive } = await publishPulumi();
    releases.files.set(archive, Buffer.concat([releases.files.get(archive) ?? Buffer.of(), Buffer.of(0)]));
    const found = await made(["pulumi"]);
    expect(found).toMatchObject({ code: 0, says: ["pulumi"], built: true });
    expect(found.told).toContain("-checksums.txt says; building it");
  });

  it("never takes one whose checksum is not published", async () => {
    const { sums, archive } = await publishPulumi();
    releases.files.set(sums, Buffer.from(`${"0".repeat(64)}  another.tar.gz\n`));
    const found = await made(["pulumi"]);
    expect(found).toMatchObject({ code: 0, says: ["pulumi"], built: true });
    expect(releases.asked).not.toContain(archive);
  });

  it("builds after the time that a download may take", async () => {
    const { archive } = await publishPulumi();
    releases.hanging.add(archive);
    const found = await made(["pulumi"]);
    expect(found).toMatchObject({ code: 0, says: ["pulumi"], built: true });
    expect(found.told).toContain("did not come within 2 s; building it");
  });

  it("builds where nobody answers, and asks once for the programs of one archive", async () => {
    await releases.close();
    const found = await made(["pulumi", "pulumi-language-nodejs"]);
    expect(found).toMatchObject({ code: 0, says: ["pulumi", "pulumi-language-nodejs"], built: true });
    expect(found.told.match(/no answer from/g)).toHaveLength(1);
  });

  it("asks nobody where that is not wanted, where no release is made for the platform, and for what has our patches", async () => {
    await publishPulumi();
    expect(await made(["pulumi"], { TENANTRY_RELEASES: "" })).toMatchObject({ code: 0, built: true });
    machine.put("uname", 'case $1 in -s) echo Linux ;; -m) echo riscv64 ;; *) echo "Linux riscv64" ;; esac');
    expect(await made(["pulumi"])).toMatchObject({ code: 0, built: true });
    machine.put("uname", 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; *) echo "Linux x86_64" ;; esac');
    expect(await made(["versitygw", "tigrisfs", "mount-watch"])).toMatchObject({ code: 0, built: true });
    expect(releases.asked).toEqual([]);
  });
});
