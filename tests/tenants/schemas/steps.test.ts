import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { schemaErrors } from "../../../tenants/schemas/errors.ts";
import { type LedgerLine, nameOfMigration } from "../../../tenants/schemas/migration.ts";
import { parseFolder } from "../../../tenants/schemas/parse-folder.ts";
import { stepsTo } from "../../../tenants/schemas/steps.ts";

const MOST = 6;
const folderOf = (count: number, isBack: (number: number) => boolean = () => true) =>
  parseFolder(
    "migrations",
    Array.from({ length: count }, (_, at) => at + 1).flatMap((number) => [
      { name: `${nameOfMigration({ number, name: "step" })}.sql`, text: `SELECT ${number}` },
      ...(isBack(number) ? [{ name: `${nameOfMigration({ number, name: "step" })}.down.sql`, text: "SELECT 0" }] : []),
    ]),
  ).folder;
const ledgerOf = (count: number): LedgerLine[] =>
  folderOf(MOST)
    .migrations.slice(0, count)
    .map(({ number, name, up }) => ({
      number,
      name,
      checksum: up.checksum,
      applied: "2026-11-27T08:00:00.000Z",
      revision: "0123456789abcdef",
    }));
const upTo = fc.integer({ min: 0, max: MOST });

describe("the steps to a version", () => {
  it("lead there from every version, one number at a time, and there is none where it is had", () => {
    fc.assert(
      fc.property(upTo, upTo, (had, wanted) => {
        const steps = stepsTo(wanted, folderOf(MOST), ledgerOf(had));
        const numbers = steps.map(({ direction, migration }) => (direction === "up" ? 1 : -1) * migration.number);
        const expected =
          wanted >= had
            ? Array.from({ length: wanted - had }, (_, at) => had + at + 1)
            : Array.from({ length: had - wanted }, (_, at) => at - had);
        expect(numbers).toEqual(expected);
      }),
    );
  });

  it("are refused where a ledger does not fit the files, whatever is wanted", () => {
    fc.assert(
      fc.property(upTo, fc.integer({ min: 1, max: MOST }), fc.nat(), (wanted, had, place) => {
        const ledger = ledgerOf(had);
        const at = place % had;
        const changed = ledger.map((line, index) => (index === at ? { ...line, checksum: "other" } : line));
        expect(() => stepsTo(wanted, folderOf(MOST), changed)).toThrow(schemaErrors.SCHEMA_FILE_CHANGED.code);
        expect(() => stepsTo(Math.min(wanted, had - 1), folderOf(had - 1), ledger)).toThrow(
          schemaErrors.SCHEMA_UNKNOWN_MIGRATION.code,
        );
        // Without its last line a ledger is only an older one.
        const torn = [
          ...ledger.slice(0, at),
          ...ledger.slice(at + 1),
          { number: had + 1, name: "x", checksum: "x", applied: "", revision: "" },
        ];
        expect(() => stepsTo(wanted, folderOf(MOST), torn)).toThrow(schemaErrors.SCHEMA_LEDGER_DAMAGED.code);
      }),
    );
  });

  it("do not lead back past a migration that nothing takes back, and say which, and from which commit it came", () => {
    const oneWay = folderOf(MOST, (number) => number !== 3);
    expect(() => stepsTo(2, oneWay, ledgerOf(5))).toThrow(
      /SCHEMA_NO_WAY_BACK: migrations\/0003_step\.sql: the declared version is 2/,
    );
    expect(stepsTo(3, oneWay, ledgerOf(5)).map(({ migration }) => migration.number)).toEqual([5, 4]);
    expect(() => stepsTo(5, folderOf(4), ledgerOf(5))).toThrow(/0005_step\.sql: applied on 2026-11-27.* 0123456789ab/);
  });
});
