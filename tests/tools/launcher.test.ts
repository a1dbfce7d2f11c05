import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { FakeMachine } from "./fake-machine.ts";

describe("cli/tenantry", () => {
  let machine: FakeMachine;
  let clone: string;

  beforeEach(() => {
    machine = new FakeMachine();
    clone = machine.clone("a clone with 'odd' characters");
    mkdirSync(join(clone, "node_modules/.bin"), { recursive: true });
    writeFileSync(join(clone, "node_modules/.package-lock.json"), "{}");
    writeFileSync(
      join(clone, "cli/main.ts"),
      "const said: string[] = [process.env['PATH'] ?? '', ...process.argv.slice(2)]; console.log(JSON.stringify(said)); process.exitCode = 7;",
    );
  });

  afterEach(() => {
    machine.remove();
  });

  function linkNode(): void {
    const node = join(clone, ".tenantry/bin/node");
    mkdirSync(join(clone, ".tenantry/bin"), { recursive: true });
    symlinkSync(process.execPath, node);
  }

  async function said(...args: string[]): Promise<string[]> {
    const ran = await machine.run(join(clone, "cli/tenantry"), args);
    expect(ran).toMatchObject({ code: 7, stderr: "" });
    return JSON.parse(ran.stdout) as string[];
  }

  it("takes the Node that tools/install.sh chose, whatever is on PATH", async () => {
    machine.put("node", "echo v18.0.0");
    linkNode();
    expect((await said()).length).toBe(1);
    expect(machine.calls()).toEqual([]);
  });

  it("takes the Node on PATH when nothing is installed and it is new enough", async () => {
    machine.putNode();
    expect((await said()).length).toBe(1);
  });

  it("says what to do when there is only an old Node", async () => {
    machine.put("node", "echo v22.17.0");
    const ran = await machine.run(join(clone, "cli/tenantry"));
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("needs Node 22.18 or newer; ");
  });

  it("says what to do when there is no Node", async () => {
    const ran = await machine.run(join(clone, "cli/tenantry"));
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("tools/install.sh run installs it");
  });

  it("hands arguments on as they are, and the exit code back", async () => {
    linkNode();
    expect((await said("up", "--stack", "a b", "", "*")).slice(1)).toEqual(["up", "--stack", "a b", "", "*"]);
  });

  it("puts the project's programs first on PATH", async () => {
    linkNode();
    const [path] = await said();
    expect(path?.split(":").slice(0, 2)).toEqual([join(clone, ".tenantry/bin"), join(clone, "node_modules/.bin")]);
  });

  it("works through the link in node_modules/.bin", async () => {
    linkNode();
    symlinkSync("../../cli/tenantry", join(clone, "node_modules/.bin/tenantry"));
    const ran = await machine.run(join(clone, "node_modules/.bin/tenantry"), ["list"]);
    expect(ran).toMatchObject({ code: 7 });
    expect(ran.stdout).toContain('"list"');
  });
});
