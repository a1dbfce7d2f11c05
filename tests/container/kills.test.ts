import { describe, expect, beforeAll } from "@jest/globals";

import { itIf } from "../support/skip.ts";
import { killTable, type Row } from "./kills/kill-table.ts";
import { machinesRun, whyNoMachine } from "./machine.ts";

/** What ends only the app, or lets the machine end in order. */
const IN_ORDER = ["stop", "update: stop, and a start that goes on writing", "kill -9 of the app"];

let rows: readonly Row[] = [];
const the = (event: string) => rows.find((row) => row.event.startsWith(event));
beforeAll(async () => {
  if (machinesRun) rows = await killTable();
}, 240_000);

describe("under writing load", () => {
  itIf(machinesRun, whyNoMachine)("nothing that fsync has acknowledged is lost, whatever happens", () => {
    expect(rows).toHaveLength(7);
    expect(rows.filter(({ acknowledged }) => acknowledged.synced < 10)).toEqual([]);
    expect(rows.filter(({ lost }) => lost.synced > 0)).toEqual([]);
  });

  itIf(machinesRun, whyNoMachine)("no row that the database has acknowledged is lost, whatever happens", () => {
    expect(rows.filter(({ acknowledged }) => acknowledged.rows < 10)).toEqual([]);
    expect(rows.filter(({ lost }) => lost.rows > 0)).toEqual([]);
  });

  itIf(machinesRun, whyNoMachine)("what was only closed is lost with TigrisFS, and with nothing else", () => {
    const losing = rows.filter(({ lost }) => lost.closed > 0).map(({ event }) => event);
    expect(losing.every((event) => /TigrisFS|machine/.test(event))).toBe(true);
    expect(IN_ORDER.map((event) => the(event)?.lost.closed)).toEqual([0, 0, 0]);
  });

  itIf(machinesRun, whyNoMachine)("the exit code says what happened", () => {
    expect([...IN_ORDER, "kill -9 of TigrisFS"].map((event) => the(event)?.exit)).toEqual([0, 0, 137, 75]);
  });

  itIf(machinesRun, whyNoMachine)("an outage of the storage or the database that is over costs nothing", () => {
    const outages = ["kill -9 of the S3 engine", "kill -9 of the database"].map(the);
    expect(outages.map((row) => [row?.exit, row?.lost])).toEqual(
      outages.map(() => [0, { closed: 0, synced: 0, rows: 0 }]),
    );
  });
});
