import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { parseTenant } from "../../tenants/parse-tenant.ts";
import { itIf } from "../support/skip.ts";
import { openMcp, type McpSession } from "../../operations/gates/basic-memory/mcp.ts";
import { adapter, whyNoBasicMemory } from "../../operations/gates/basic-memory/packages.ts";
import { freePort, memoryCommand, memoryEnv } from "../../operations/gates/basic-memory/server.ts";
import { type Machine, machinesRun, whyNoMachine } from "./machine.ts";
import { type Tenant, tenants } from "./tenants.ts";

const example = join(import.meta.dirname, "../../container/examples/basic-memory");
const whyNot = machinesRun ? whyNoBasicMemory() : whyNoMachine;
const { start, tenant, clear, dispose } = tenants();
const disks: string[] = [];
beforeAll(start);
afterEach(clear);
afterAll(async () => {
  await dispose();
  for (const disk of disks) rmSync(disk, { recursive: true, force: true });
});

/** A machine with an empty disk, and a session with its server. */
async function serve(one: Tenant): Promise<{ machine: Machine; memory: McpSession }> {
  const disk = mkdtempSync(join(tmpdir(), "tenantry-disk-"));
  disks.push(disk);
  const port = await freePort();
  const words = `BASIC_MEMORY_HOME="$MOUNT_PATH/notes" exec ${memoryCommand(port).join(" ")}`;
  // As in the image: the adapter is on the path, and does nothing without a DATABASE_URL.
  const machine = one.machine(["sh", "-c", words], { ...memoryEnv(disk), PYTHONPATH: adapter });
  let hasEnded = false;
  void machine.ended.then(() => (hasEnded = true));
  return { machine, memory: await openMcp(`http://127.0.0.1:${port}/mcp`, () => hasEnded) };
}

describe("Basic Memory on a tenant's mount", () => {
  itIf(whyNot === "", whyNot)(
    "writes notes that are Markdown in the bucket, finds them, and finds them again from an empty disk",
    async () => {
      const one = await tenant();
      const first = await serve(one);
      const content = "A kingfisher sat on the **weir** this morning.";
      const note = { title: "Kingfisher", directory: "birds", content };
      expect(await first.memory.call("write_note", note)).toContain("birds/Kingfisher.md");
      expect(await first.memory.call("search_notes", { query: "weir" })).toContain("Kingfisher");
      first.machine.signal("SIGTERM");
      await first.machine.ended;
      expect(first.machine.log()).toContain("everything was flushed");
      expect(await one.text("notes/birds/Kingfisher.md")).toMatch(
        /^---\n[^]*title: Kingfisher\n[^]*---\n[^]*A kingfisher sat on the \*\*weir\*\*/,
      );
      expect((await one.names()).filter((name) => name.includes(".db"))).toEqual([]);

      const second = await serve(one);
      while (!(await second.memory.call("search_notes", { query: "weir" })).includes("birds/kingfisher"))
        await sleep(200);
      expect(await second.memory.call("read_note", { identifier: "birds/kingfisher" })).toContain(content);
    },
    240_000,
  );
});

describe("the example's tenant", () => {
  it("is valid", () => {
    const text = readFileSync(join(example, "tenant.yaml"), "utf8");
    expect(parseTenant(text, "heron-library.yaml", { standard: {} })).toMatchObject({ ok: true });
  });

  it("has the version of Basic Memory that is installed", () => {
    const version = /^basic-memory==(.*)$/m.exec(readFileSync(join(example, "requirements.txt"), "utf8"))?.[1];
    expect(version).toBeDefined();
    expect(readFileSync(join(example, "tenant.yaml"), "utf8")).toContain(`basic-memory:${version}\n`);
  });
});
