import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { bringUp, cloudStatus, takeDown } from "../../local/cloud.ts";
import { openKeys } from "../../local/fly/keys.ts";
import { openStore } from "../../local/store.ts";
import { readDescriptor } from "../../stack/accounts.ts";
import { descriptorPath } from "../../stack/home.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-damaged-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const DAMAGES: readonly (readonly [what: string, damage: (path: string) => void])[] = [
  ["is empty", (path) => truncateSync(path, 0)],
  ["was cut in half", (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2))],
  ["holds something else", (path) => writeFileSync(path, "x".repeat(5000))],
  ["is a JSON document of something else", (path) => writeFileSync(path, "{}")],
];

describe("records of the embedded cloud", () => {
  it.each(DAMAGES)(
    "are never begun anew in the place of a file that %s: it is named, and left as it is",
    (_, damage) => {
      const path = join(dir, "store.db");
      const store = openStore(path);
      const table = store.table<string>("buckets");
      store.atomically(() => {
        for (let at = 0; at < 500; at += 1) table.put(`bucket-${at}`, "x".repeat(100));
      });
      store.close();
      damage(path);
      const before = readFileSync(path);
      expect(() => openStore(path)).toThrow(`CLOUD_RECORDS_DAMAGED: ${path}\n  next: `);
      expect(readFileSync(path).equals(before)).toBe(true);
    },
  );

  it("are begun where there is no file, and where a first start was killed before it had one", () => {
    const path = join(dir, "store.db");
    writeFileSync(`${path}.new`, "half of it");
    const store = openStore(path);
    store.table<number>("ports").put("tigris", 1);
    store.close();
    const again = openStore(path);
    expect(again.table<number>("ports").get("tigris")).toBe(1);
    again.close();
    expect(existsSync(`${path}.new`)).toBe(false);
  });
});

describe("keys of the embedded Fly", () => {
  it.each(DAMAGES)("never replace a file that %s, and are never quoted", (_, damage) => {
    const { organizationToken } = openKeys(dir);
    const path = join(dir, "keys.json");
    damage(path);
    const before = readFileSync(path, "utf8");
    const open = () => openKeys(dir);
    expect(open).toThrow(`CLOUD_RECORDS_DAMAGED: ${path}\n  next: `);
    expect(open).not.toThrow(before.slice(0, 20) === "" ? organizationToken : before.slice(0, 20));
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});

describe("the embedded cloud", () => {
  it("starts over a file of its own that is damaged, writes it anew while it runs, and ends by it", async () => {
    const path = descriptorPath(dir);
    await bringUp(dir, "records");
    const { admin } = readDescriptor(dir);
    try {
      for (const text of ["", "{", "{}", undefined]) {
        if (text === undefined) rmSync(path);
        else writeFileSync(path, text);
        await settled(() => readDescriptor(dir).admin.pid === admin.pid);
      }
      writeFileSync(path, "{");
      expect(await bringUp(dir, "records")).toMatchObject({ wasUp: true, descriptor: { admin } });
      writeFileSync(path, "{");
      expect(await takeDown(dir)).toBe(true);
      writeFileSync(path, "{");
      expect((await bringUp(dir, "records")).wasUp).toBe(false);
    } finally {
      expect(await takeDown(dir)).toBe(true);
    }
    expect(await cloudStatus(dir)).toBeUndefined();
  }, 120_000);

  it("says in its last words which file is damaged and what to do, without a stack", async () => {
    await bringUp(dir, "records");
    await takeDown(dir);
    const path = join(dir, "cloud/turso/store.db");
    truncateSync(path, 0);
    const failed = await bringUp(dir, "records").catch((error: unknown) => String(error));
    expect(failed).toContain(`CLOUD_RECORDS_DAMAGED: ${path}\n`);
    expect(failed).not.toMatch(/^ +at /m);
  }, 120_000);
});

/** Until it is so; at the latest jest ends the test. */
async function settled(isSo: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (isSo()) return;
    } catch {
      // Not yet.
    }
    await sleep(20);
  }
}
