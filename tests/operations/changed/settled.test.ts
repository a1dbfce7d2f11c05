import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { parseSettled, type Settled, settledText } from "../../../operations/changed/settled.ts";
import { settledStore } from "../../../operations/changed/settled-store.ts";
import { openStack } from "../../../stack/context.ts";

const ROOT = join(import.meta.dirname, "../../..");
const [declared, state] = ["0a".repeat(16), "0b".repeat(16)];
const some: Settled = new Map([
  ["zeta-2", { declared, state }],
  ["constructor", { declared, state }],
]);

describe("what is kept of settled tenants", () => {
  it("is read back as it was written", () => {
    expect(parseSettled(settledText(some))).toEqual(new Map([...some].sort()));
    expect(parseSettled(settledText(new Map()))).toEqual(new Map());
  });

  it.each(["", "{", "[]", '{"version":2,"tenants":{}}', '{"version":1,"tenants":{"a":{"declared":"x","state":"y"}}}'])(
    "is nothing where it is not what was written: %j",
    (text) => {
      expect(parseSettled(text)).toEqual(new Map());
    },
  );

  describe("on this computer", () => {
    let home: string;
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), "tenantry-settled-"));
    });
    afterEach(() => {
      rmSync(home, { recursive: true, force: true });
    });
    const store = (stack = "local") => settledStore({ ...openStack("local", ROOT), home, stack });

    it("lies in the home, stack by stack", async () => {
      expect(await store().read()).toEqual(new Map());
      expect(await store().write(some)).toBe(true);
      expect(await store().read()).toEqual(new Map([...some].sort()));
      expect(await store("other").read()).toEqual(new Map());
    });

    it("says when it can't be written, for `up` must not begin then", async () => {
      writeFileSync(join(home, "settled"), "a file where the folder should be");
      expect(await store().write(some)).toBe(false);
      expect(await store().read()).toEqual(new Map());
      rmSync(join(home, "settled"));
      mkdirSync(join(home, "settled/local.json"), { recursive: true });
      expect(await store().write(some)).toBe(false);
    });
  });
});
