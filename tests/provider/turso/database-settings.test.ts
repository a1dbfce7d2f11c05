import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { Configuration } from "../../../provider/turso/database-calls.ts";
import {
  type DatabaseSettings,
  settingsPatch,
  settingsShown,
  sizeLimitChange,
} from "../../../provider/turso/database-settings.ts";

const plain = { deleteProtection: false, blockReads: false, blockWrites: false };
const bare: Configuration = { ...plain, sizeLimit: undefined, allowedIps: [] };

const settings = fc.record(
  {
    sizeLimit: fc.oneof(fc.integer({ min: 1, max: 1e12 }), fc.constantFrom("1gb", "256mb", "10000")),
    deleteProtection: fc.boolean(),
    blockReads: fc.boolean(),
    blockWrites: fc.boolean(),
    allowedIps: fc.uniqueArray(fc.ipV4(), { maxLength: 3 }),
  },
  { requiredKeys: ["deleteProtection", "blockReads", "blockWrites"] },
);

/** What Turso would show once it is brought to what is declared. */
function applied(declared: DatabaseSettings, shown: Configuration): Configuration {
  const patch = settingsPatch(declared, shown);
  const bytes = sizeLimitChange(declared, shown);
  return {
    sizeLimit: bytes === undefined ? shown.sizeLimit : String(bytes),
    deleteProtection: patch.delete_protection ?? shown.deleteProtection,
    blockReads: patch.block_reads ?? shown.blockReads,
    blockWrites: patch.block_writes ?? shown.blockWrites,
    allowedIps: patch.allowed_ips ?? shown.allowedIps,
  };
}

describe("the settings of a database", () => {
  it("change only where something differs, and never carry a null", () => {
    expect(settingsPatch({ ...plain, blockWrites: true }, bare)).toEqual({ block_writes: true });
    expect(
      settingsPatch(
        { ...plain, allowedIps: ["10.0.0.1", "10.0.0.2"] },
        { ...bare, allowedIps: ["10.0.0.2", "10.0.0.1"] },
      ),
    ).toEqual({});
  });

  it("send a size as bytes, which every reading of kb and mb understands", () => {
    expect(sizeLimitChange({ ...plain, sizeLimit: "256mb" }, bare)).toBe(256_000_000);
    expect(sizeLimitChange({ ...plain, sizeLimit: "1gb" }, { ...bare, sizeLimit: "1000000000" })).toBeUndefined();
  });

  it("never say anything of a size together with another setting", () => {
    fc.assert(
      fc.property(settings, settings, (declared, before) => {
        expect(Object.keys(settingsPatch(declared, applied(before, bare)))).not.toContain("size_limit");
      }),
    );
  });

  it.each(["", "0", undefined, "5gb"])(
    "say nothing of a size that nobody declared, when Turso shows %j",
    (sizeLimit) => {
      expect(sizeLimitChange(plain, { ...bare, sizeLimit })).toBeUndefined();
      expect(settingsShown({ ...bare, sizeLimit }, plain)).toEqual(plain);
    },
  );

  it("leave a limit alone that nobody declared, and clear an allow-list that nobody declared", () => {
    expect(settingsPatch(plain, { ...bare, sizeLimit: "5gb", allowedIps: ["10.0.0.1"] })).toEqual({ allowed_ips: [] });
  });

  it("once applied differ from nothing and read back as they are declared", () => {
    fc.assert(
      fc.property(settings, settings, (declared, before) => {
        const shown = applied(declared, applied(before, bare));
        expect([settingsPatch(declared, shown), sizeLimitChange(declared, shown)]).toEqual([{}, undefined]);
        expect(settingsShown(shown, declared)).toEqual(declared);
      }),
    );
  });

  it("show every change of a declared setting", () => {
    const declared = { ...plain, sizeLimit: "1gb", allowedIps: ["10.0.0.1"] };
    const shown: Configuration = {
      sizeLimit: "2gb",
      deleteProtection: true,
      blockReads: true,
      blockWrites: true,
      allowedIps: ["10.0.0.9"],
    };
    expect(settingsShown(shown, declared)).toEqual(shown);
  });

  it("show an allow-list that nobody declared, but not a limit", () => {
    expect(settingsShown({ ...bare, sizeLimit: "5gb", allowedIps: ["10.0.0.1"] }, plain)).toEqual({
      ...plain,
      allowedIps: ["10.0.0.1"],
    });
  });

  it("show a limit that was removed as absent", () => {
    expect(settingsShown(bare, { ...plain, sizeLimit: "1gb" })).toEqual(plain);
  });

  it("are all taken over by an import", () => {
    const shown = { ...plain, sizeLimit: "5gb", allowedIps: ["10.0.0.1"] };
    expect(settingsShown(shown, undefined)).toEqual(shown);
    expect(settingsShown({ ...bare, sizeLimit: "0" }, undefined)).toEqual({ ...plain, allowedIps: undefined });
  });
});
