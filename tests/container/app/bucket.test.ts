import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";

import { itIf } from "../../support/skip.ts";
import { type Machine, machinesRun, whyNoMachine } from "../machine.ts";
import { tenants } from "../tenants.ts";
import { COMPILED, MAIN, type NoteBody } from "./notes-app.ts";

const fleet = tenants();
const dir = mkdtempSync(join(tmpdir(), "tenantry-notes-"));
beforeAll(() => fleet.start());
afterEach(() => fleet.clear());
afterAll(async () => {
  await fleet.dispose();
  rmSync(dir, { recursive: true, force: true });
});

/** Where the service of a machine listens. */
async function urlOf(machine: Machine): Promise<string> {
  await machine.says('"event":"listening"');
  const port = /"event":"listening".*?"port":(\d+)/.exec(machine.log())?.[1];
  if (port === undefined) throw new Error(machine.log());
  return `http://127.0.0.1:${port}`;
}

const service = [process.execPath, "--disable-warning=ExperimentalWarning", MAIN];
const environment = (index: string) => ({
  ...{ DATABASE_FILE: join(dir, index), HOST: "127.0.0.1", PORT: "0", NODE_COMPILE_CACHE: COMPILED },
});

describe("on a bucket mounted by TigrisFS", () => {
  itIf(machinesRun, whyNoMachine)(
    "what was answered, writes and deletions, is in the bucket when the whole machine is killed",
    async () => {
      const tenant = await fleet.tenant();
      const machine = tenant.machine(service, environment("one.db"));
      const url = await urlOf(machine);
      // Slow enough for the kill to come before what nobody waited for.
      await fleet.cloud().faults({ kind: "latency", vendor: "tigris", mutating: true, latencyMs: 200 });
      const answered = new Map<string, string>();
      const json = { "content-type": "application/json" };
      const write = async (id: string, text: string) => {
        const body = JSON.stringify({ title: id, text });
        const { status } = await fetch(`${url}/notes/${id}`, { method: "PUT", headers: json, body });
        expect([200, 201]).toContain(status);
        answered.set(id, text);
      };
      const remove = async (id: string) => {
        expect((await fetch(`${url}/notes/${id}`, { method: "DELETE" })).status).toBe(204);
        answered.delete(id);
      };
      const work = async (lane: number) => {
        for (let n = 0; n < 10; n += 1) {
          const id = `lane-${lane}-${n % 4}`;
          await write(id, `version ${n} `.repeat(1 + ((n * 37) % 200)));
          // Half of the lanes end with a write, half with a deletion.
          if (n % 5 === (lane % 2 === 0 ? 4 : 2)) await remove(id);
        }
      };
      await Promise.all([0, 1, 2, 3].map(work));
      await machine.dispose();

      const names = (await tenant.names()).filter((name) => name.endsWith(".md"));
      expect(names).toEqual([...answered.keys()].sort().map((id) => `notes/${id}.md`));
      const texts = await Promise.all(names.map((name) => tenant.text(name)));
      expect(texts.map((text) => text?.split("---\n")[2])).toEqual([...answered].sort().map(([, text]) => text));

      // Another machine, whose index is empty, makes it from the bucket.
      const second = await urlOf(tenant.machine(service, environment("two.db")));
      let list = { notes: [] as NoteBody[], complete: false };
      while (!list.complete) list = (await (await fetch(`${second}/notes`)).json()) as typeof list;
      expect(list.notes.map(({ id }) => id)).toEqual([...answered.keys()].sort());
    },
  );

  itIf(machinesRun, whyNoMachine)("a write that does not reach the bucket is not answered as one", async () => {
    const tenant = await fleet.tenant();
    const url = await urlOf(tenant.machine(service, { ...environment("three.db"), TIGRISFS_SDK_MAX_RETRIES: "0" }));
    await fleet.cloud().faults({ kind: "error", vendor: "tigris", operation: "^PutObject$", status: 503 });
    const body = JSON.stringify({ title: "x" });
    const answer = await fetch(`${url}/notes/x`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body,
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, "storage-unavailable"]);
    expect(await tenant.names()).not.toContain("notes/x.md");
  });
});
