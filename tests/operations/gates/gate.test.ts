import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { exitCodeOf } from "../../../cli/gates.ts";
import { answerOf, asMarkdown } from "../../../operations/gates/as-markdown.ts";
import { withoutToken } from "../../../operations/gates/basic-memory/server.ts";
import { type Gate, type GateResult, resultOf, verdictOn } from "../../../operations/gates/gate.ts";
import { everyProcessGate } from "../../../operations/gates/measurements/every-process.ts";
import { outage } from "../../../operations/gates/outage.ts";
import { compared } from "../../../operations/gates/measurements/files.ts";
import { versionOf, wholeVersion } from "../../../operations/gates/measurements/laptop-reads.ts";
import { notesGates } from "../../../operations/gates/measurements/notes.ts";
import { s3ApiGate } from "../../../operations/gates/measurements/s3-api.ts";
import { asPage } from "../../../operations/gates/page.ts";
import { quantile } from "../../../operations/engine/quantile.ts";
import { lostIn, type Side, twoSidedEdits } from "../../../operations/gates/two-sided-edits.ts";
import { seeded } from "../../../operations/engine/seeded.ts";
import { readGates } from "../../../operations/report/input-file.ts";
import { allGates, gatesNamed, type GatesReport, repeatOf } from "../../../operations/gates/run.ts";

const gate: Gate = {
  id: "a.b",
  phase: "1",
  name: "A <gate>",
  question: "How long?",
  unit: "ms",
  threshold: 500,
  good: "below",
  cannotTell: "the rest of `all`",
};

const result = (value: number | undefined, more: Partial<Gate> = {}): GateResult =>
  resultOf({ ...gate, ...more }, { value, samples: [1, 2], how: "twice" }, "network none", "npx tenantry gates");

const report = (...gates: GateResult[]): GatesReport => ({
  stack: "local",
  cloud: "embedded",
  measuredAt: "2026-11-27T00:00:00.000Z",
  seconds: 3,
  quick: false,
  network: "same-region",
  machine: { cores: 2, memoryGb: 24, node: "v24", load: [1, 1, 1] },
  gates,
  left: [],
});

describe("a gate", () => {
  it.each([
    ["below", 500, 500, "GO"],
    ["below", 500, 501, "NO-GO"],
    ["above", 100, 100, "GO"],
    ["above", 100, 98, "NO-GO"],
    ["below", undefined, 7, "REPORTED"],
    ["below", 500, undefined, "NOT MEASURED"],
    ["below", 500, NaN, "NOT MEASURED"],
  ] as const)("where %s %p is good says of %p: %s", (good, threshold, value, verdict) => {
    expect(verdictOn({ good, ...(threshold === undefined ? {} : { threshold }) }, value)).toBe(verdict);
  });

  it("has a name of its own", () => {
    expect(new Set(allGates.map(({ id }) => id)).size).toBe(allGates.length);
  });
});

describe("a run of gates", () => {
  it("ends with 2 when a gate is missed, and with 1 when one that is built was not measured", () => {
    expect(exitCodeOf(report(result(1)))).toBe(0);
    expect(exitCodeOf(report(result(1), result(undefined)))).toBe(1);
    expect(exitCodeOf(report(result(undefined), result(501)))).toBe(2);
    expect(exitCodeOf({ ...report(result(1)), left: ["bucket x"] })).toBe(1);
  });

  it("opens with what is missed, what is met and what is open", () => {
    const gates = [result(1, { name: "Quick" }), result(900, { name: "Slow" }), result(undefined, { name: "Dark" })];
    expect(answerOf(report(...gates))).toEqual([
      "NO-GO as shipped: Slow (900 ms) misses its threshold.",
      "Met under the network `same-region`: Quick (1 ms).",
      "Not measured: Dark.",
    ]);
    expect(answerOf({ ...report(result(1)), quick: true })[0]).toContain("a quick run that proves nothing");
  });

  it("misses nothing when another way to hold it would miss its gate, and says that it would", () => {
    const found = report(result(1, { name: "Quick" }), result(900, { name: "Other", isAlternative: true }));
    expect(exitCodeOf(found)).toBe(0);
    expect(answerOf(found)).toEqual([
      "GO for all that was measured.",
      "Met under the network `same-region`: Quick (1 ms).",
      "Nothing is left unmeasured.",
      "NO-GO for the alternatives: Other (900 ms).",
    ]);
  });

  it("names question, threshold, conditions and the way to repeat it, as Markdown and as a page that runs no script", () => {
    const found = report(result(900));
    for (const text of [asMarkdown(found), asPage(found)]) {
      for (const part of [
        "How long?",
        "at most 500 ms",
        "900 ms",
        "twice; network none",
        "npx tenantry gates",
        "the rest",
      ])
        expect(text).toContain(part);
    }
    expect(asPage(found)).toContain("A &lt;gate&gt;");
    expect(asPage(found)).toContain("the rest of <code>all</code>");
    expect(asPage(found)).not.toContain("`");
    expect(asPage(found)).not.toContain("<script");
  });

  it("shows what the same gates measured under another network in a column of its own", () => {
    const without: GatesReport = { ...report(result(400)), network: "none" };
    const rows = asMarkdown(report(result(900), result(800, { id: "new" })), [without]).split("\n");
    expect(rows.find((row) => row.startsWith("| phase"))).toMatch(/\| verdict \| `none` \|$/);
    expect(rows.filter((row) => row.includes("NO-GO |")).map((row) => row.split(" | ").at(-1))).toEqual([
      "400 ms |",
      " |",
    ]);
  });
});

describe("the run that docs/gates.md is made from", () => {
  it.each(["gates.json", "gates.none.json"])(
    "is a file that a report takes, without what has no threshold: %s",
    (file) => {
      const { gates } = readGates(join(import.meta.dirname, "../../../docs", file));
      expect(gates.map(({ name }) => name)).toContain("Start to mount ready");
      expect(gates.map(({ name }) => name)).not.toContain("Start to first answer");
    },
  );

  it.each(["gates.json", "gates.none.json"])(
    "says of each gate the command that measures it alone, as it was: %s",
    (file) => {
      const text = readFileSync(join(import.meta.dirname, "../../../docs", file), "utf8");
      const { gates, network, stack, quick } = JSON.parse(text) as GatesReport;
      const measured = gates.filter(({ conditions }) => conditions !== "");
      expect(measured.length).toBeGreaterThan(15);
      for (const { id, repeat, conditions } of measured) {
        const seconds = /^20 tenants for (\d+) s/.exec(conditions)?.[1];
        const minutes = seconds === undefined ? 10 : Number(seconds) / 60;
        expect(repeat).toBe(repeatOf(id, { context: { stack }, network, quick, minutes }));
        expect(gatesNamed(/--only (\S+)/.exec(repeat)?.[1] ?? "").map((gate) => gate.id)).toEqual([id]);
      }
    },
  );

  it("is asked for a gate by its id, or for several by what their ids begin with", () => {
    const named = (name: string) => gatesNamed(name).map(({ id }) => id);
    expect(named("database.basic-memory")).toEqual(["database.basic-memory"]);
    expect(named("database")).toEqual(["database.basic-memory-answers", "database.basic-memory"]);
    expect(() => named("nothing")).toThrow("GATE_UNKNOWN");
    const where = { network: "none", quick: false, minutes: 3 } as const;
    expect(repeatOf("load.realistic", { ...where, context: { stack: "dev" } })).toBe(
      "npx tenantry gates --only load.realistic --network none --stack dev --minutes 3",
    );
  });
});

describe("the notes gates", () => {
  const sides = { "mount + libSQL": 30, "mount + SQLite": 20, "volume + SQLite": 10 };
  const load = (errors = 0) =>
    new Map(
      Object.entries(sides).flatMap(([side, ms]) =>
        ["write", "read", "update", "list", "search", "delete"].map(
          (request) => [`${side} 10 ${request}`, { ms: [ms, ms, ms * 9], errors }] as const,
        ),
      ),
    ) as Parameters<typeof notesGates>[0];

  it("compare medians at ten users: the slowest request, the database alone, the files alone", () => {
    const found = notesGates(load(), "");
    expect(Object.entries(found).map(([id, { value }]) => [id, value])).toEqual([
      ["notes.typical", 30],
      ["notes.database", 1.5],
      ["notes.volume", 2],
    ]);
  });

  it("give no figure when a request failed", () => {
    expect(Object.values(notesGates(load(1), "")).map(({ value }) => value)).toEqual([undefined, undefined, undefined]);
  });
});

describe("the gate of the S3 API", () => {
  const load = (errors = 0) =>
    new Map(
      Object.entries({
        "mount + libSQL": 40,
        "S3 API + libSQL": 10,
        "S3 API + SQLite": 9,
        "volume + SQLite": 3,
      }).flatMap(([side, ms]) =>
        ["write", "read", "update", "list", "search", "delete"].map(
          (request) => [`${side} 10 ${request}`, { ms: [request === "read" ? 20 : ms], errors }] as const,
        ),
      ),
    ) as Parameters<typeof s3ApiGate>[0];

  it("compares it with a mount and with a volume, each with the same index; the kind counts where it fares worst", () => {
    const { value, detail } = s3ApiGate(load(), "");
    expect(value).toBe(1);
    expect(detail?.rows.slice(0, 2).map((row) => row.slice(-2))).toEqual([
      ["0.25 x", "3.00 x"],
      ["1.00 x", "1.00 x"],
    ]);
  });

  it("gives no figure when a request failed", () => {
    expect(s3ApiGate(load(1), "").value).toBeUndefined();
  });
});

describe("the operations on files", () => {
  it("count what differs and is not known, and show both results", () => {
    const out = `a line of the log\n${JSON.stringify([
      ["create", "1", "1"],
      ["chmod", "a", "b"],
      ["rename", "lost", "kept"],
    ])}\n`;
    const { value, detail } = compared(out, true);
    expect(value).toBe(1);
    expect(detail?.rows).toContainEqual(["rename", "lost", "kept", "differs"]);
    expect(detail?.rows).toContainEqual(["chmod", "a", "b", "known: docs/tigrisfs.md"]);
  });
});

describe("edits on both sides", () => {
  /** A file that both sides see, or that one of them sees late. */
  const sides = (isBlind: boolean): readonly [Side, Side] => {
    let file = "";
    const replace = (seen: () => string) => (_: string, text: string) => {
      const old = seen();
      file = text;
      return Promise.resolve(old);
    };
    return [
      { name: "here", replace: replace(() => file) },
      { name: "there", replace: replace(() => (isBlind ? "" : file)) },
    ];
  };

  it.each([
    ["sees what it replaces", false, 0],
    ["overwrites what it has not seen", true, 3],
  ])("count as lost where one side %s: %p, %i", async (_, isBlind, lost) => {
    const next = seeded(1);
    const { edit, current } = twoSidedEdits(sides(isBlind), ["a"], (below) => Math.floor(next() * below));
    for (let count = 0; count < 10; count += 1) await edit();
    expect(current.size).toBe(lost + 1);
    const last = [...current].at(-1) ?? "";
    expect(lostIn(current, [`a file with ${last}`])).toHaveLength(lost);
  });
});

describe("an outage", () => {
  it("puts back the faults that were there, and its own only as long as it lasts", async () => {
    const before = [{ vendor: "fly", kind: "error" }];
    const asked: unknown[] = [];
    const ask = (method: string, path: string, body?: unknown) => {
      asked.push([method, path, body]);
      return Promise.resolve(before);
    };
    await outage("tigris", 1, ask);
    expect(asked).toEqual([
      ["GET", "/faults", undefined],
      ["PUT", "/faults", [{ vendor: "tigris", kind: "reset" }, ...before]],
      ["PUT", "/faults", before],
    ]);
  });
});

describe("durability, process by process", () => {
  const counts = (closed: number, synced: number, row: number) => ({ closed, synced, row });

  it("counts what fsync and the database had acknowledged, and only tells of what was closed", () => {
    const rows = [
      { event: "stop", acknowledged: counts(50, 10, 10), lost: counts(0, 0, 0) },
      { event: "kill", acknowledged: counts(50, 10, 10), lost: counts(7, 1, 2) },
    ];
    const { value, samples, detail } = everyProcessGate(rows, 10);
    expect([value, samples]).toEqual([3, [0, 3]]);
    expect(detail?.rows[1]).toEqual(["kill", "50", "10", "10", "7", "1", "2"]);
  });

  it("has no figure where too little was written before anything happened", () => {
    const rows = [{ event: "stop", acknowledged: counts(50, 9, 10), lost: counts(0, 0, 0) }];
    expect(everyProcessGate(rows, 10)).toMatchObject({ why: "too little was written before: stop" });
    expect(everyProcessGate([], 10).value).toBeUndefined();
  });
});

describe("a version of a file", () => {
  const file = (version: number) => `---\ntitle: x\n---\n${versionOf("m-4", version)}`;

  it("is known as whole, and as none when it is cut, is two at once, or lacks its beginning", () => {
    const [short, long] = [file(1), file(2)].toSorted((one, other) => one.length - other.length) as [string, string];
    expect([1, 2].map((version) => wholeVersion("m-4", file(version)))).toEqual([1, 2]);
    const broken = [long.slice(0, short.length), short.slice(0, 80) + long.slice(80), long.slice(5), "", short + long];
    expect(broken.map((text) => wholeVersion("m-4", text))).toEqual(broken.map(() => undefined));
  });
});

describe("what a server of Basic Memory has logged", () => {
  it("is told without its database's token, encoded or not", () => {
    const url = "http://127.0.0.1:8080?authToken=planted%2Btoken";
    const log = `connecting to ${url} with planted+token`;
    expect(withoutToken(log, url)).toBe("connecting to http://127.0.0.1:8080?authToken=[secret] with [secret]");
    expect(withoutToken(log, undefined)).toBe(log);
  });
});

describe("a quantile", () => {
  it("is the figure below which that share lies, and none of none", () => {
    expect([quantile([3, 1, 2], 0.5), quantile([1, 2, 3], 1), quantile([], 0.5)]).toEqual([2, 3, NaN]);
  });
});
