import { describe, expect, it } from "@jest/globals";

import { streamedCommand } from "../../../operations/gates/litestream/command.ts";
import { rowsLog } from "../../../operations/gates/litestream/rows.ts";
import { REQUESTS } from "../../../operations/gates/load.ts";
import { costGate, without } from "../../../operations/gates/measurements/litestream-cost.ts";
import { lossGate } from "../../../operations/gates/measurements/litestream-loss.ts";
import { streamedGate } from "../../../operations/gates/measurements/litestream-notes.ts";
import { restoreGate } from "../../../operations/gates/measurements/litestream-restore.ts";

describe("an app below Litestream", () => {
  const urlFor = (endpoint: string, pathStyle?: boolean) =>
    new URL(streamedCommand({ endpoint, pathStyle }, "acme", ["node", "main.ts"]).at(-1) ?? "");

  it("names the bucket by its host name, and in the path where it cannot have one", () => {
    const { host, pathname, searchParams } = urlFor("https://t3.storage.dev");
    expect([host, pathname, searchParams.get("endpoint")]).toEqual([
      "acme",
      "/litestream/index.db",
      "https://t3.storage.dev",
    ]);
    const styles = [
      urlFor("https://t3.storage.dev"),
      urlFor("https://t3.storage.dev", true),
      urlFor("http://10.0.0.1:9000"),
    ];
    expect(styles.map((url) => url.searchParams.get("forcePathStyle"))).toEqual(["false", "true", "true"]);
  });

  it("is its child, and is given the file before it starts", () => {
    const [program, verb, restore, exec, app] = streamedCommand({ endpoint: "https://t3.storage.dev" }, "acme", [
      "node",
      "main.ts",
    ]);
    expect([program, verb, restore, exec, app]).toEqual([
      "litestream",
      "replicate",
      "-restore-if-db-not-exists",
      "-exec",
      "node main.ts",
    ]);
  });
});

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 27, 12, 0, 0) + seconds * 1000).toISOString();
const attempt = 'time=… level=INFO msg="attempting restore before replication" path=/tmp/index.db';
const completed = 'time=… level=INFO msg="restore completed" path=/tmp/index.db';

/** A machine that committed a row each second, and what its next start says. */
const logOf = (rows: number, found: string) =>
  [
    `${at(0)} ${attempt}`,
    `${at(0)} 1f2e3d found 0 -1 8192`,
    ...Array.from({ length: rows }, (_, number) => `${at(number + 1)} 1f2e3d row ${number}`),
    `${at(100)} ${attempt}`,
    `${at(100.25)} ${completed}`,
    `${at(100.5)} 1f2e3d found ${found} 16384`,
  ].join("\n");

describe("rows of a streamed file", () => {
  it("are read from the machine's log, with the restore of its last start", () => {
    const { committed, found, restoreMs } = rowsLog(logOf(3, "2 1"));
    expect([...committed.keys()]).toEqual([0, 1, 2]);
    expect(found).toEqual({ count: 2, last: 1, bytes: 16384 });
    expect(restoreMs).toBe(250);
    expect(rowsLog(`${at(0)} ${attempt}\n${at(0)} found 0 -1 0`).restoreMs).toBeUndefined();
  });

  it("count as lost where they were committed and are not found: the last ones, one in between, or all", () => {
    const { value, samples, detail } = lossGate(
      ["10 9", "7 6", "9 9", "0 -1", "11 10"].map((found) => ({ event: found, log: rowsLog(logOf(10, found)) })),
      "",
      10,
    );
    expect([value, samples]).toEqual([14, [0, 3, 1, 10, 0]]);
    expect(detail?.rows.map(([, , , seconds]) => seconds)).toEqual(["0.0", "3.0", "0.0", "all", "0.0"]);
    expect(lossGate([], "", 10).value).toBeUndefined();
    const untried = lossGate([{ event: "stop", log: rowsLog(logOf(9, "9 8")) }], "", 10);
    expect(untried).toMatchObject({ why: "too little was written before: stop" });
    expect(untried.value).toBeUndefined();
  });

  it("are restored in as many seconds as the largest file takes", () => {
    const copies = { objects: 3, bytes: 2_500_000 };
    const restored = [1000, 100_000].map((rows) => ({
      rows,
      bytes: rows * 1200,
      copies,
      restoreMs: rows / 10,
      startMs: rows,
    }));
    const { value, detail } = restoreGate(restored, "");
    expect(value).toBe(10);
    expect(detail?.rows[0]).toEqual(["1000", "1.2 MB", "3 objects, 2.5 MB", "0.10 s", "1.00 s"]);
  });
});

describe("requests of a streamed file", () => {
  const requests = (counts: Readonly<Record<string, number>>) => ({
    what: "x",
    ms: 60_000,
    counts: new Map(Object.entries(counts)),
  });

  it("are counted without those of others, by the hour, and priced by their class", () => {
    const own = without(
      requests({ PutObject: 60, GetObject: 10, ListObjectsV2: 12 }),
      requests({ ListObjectsV2: 10, HeadObject: 3, GetObject: 12 }),
    );
    expect(own.counts).toEqual(
      new Map([
        ["PutObject", 60],
        ["ListObjectsV2", 2],
      ]),
    );
    const { value, detail } = costGate([own, requests({ PutObject: 100, GetObject: 100 })], "");
    expect(value).toBe(12_000);
    expect(detail?.rows.map((row) => row.slice(1, 4))).toEqual([
      ["3720", "0", "$2.23"],
      ["6000", "6000", "$3.96"],
    ]);
  });
});

describe("requests to an app with a streamed file", () => {
  const loads = (errors = 0) => {
    const sides = { "mount + libSQL": 40, "mount + SQLite": 10, "mount + SQLite, streamed": 20 };
    return new Map(
      Object.entries(sides).flatMap(([side, ms]) =>
        REQUESTS.map((request) => [`${side} 10 ${request}`, { ms: [request === "list" ? 20 : ms], errors }] as const),
      ),
    ) as Parameters<typeof streamedGate>[0];
  };

  it("are compared with those to the database and to a plain file; the kind counts where they fare worst", () => {
    const { value, detail } = streamedGate(loads(), "");
    expect(value).toBe(1);
    expect(detail?.rows[0]?.slice(-2)).toEqual(["0.50 x", "2.00 x"]);
    expect(streamedGate(loads(1), "").value).toBeUndefined();
  });
});
