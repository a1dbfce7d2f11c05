import { byteSize } from "../../output/byte-size.ts";
import { type LastRing, ringsOf } from "../../rollouts/last-ring.ts";
import type { RolloutRecord } from "../../rollouts/record.ts";
import type { Entry } from "../history/entry.ts";
import { entryWords } from "../history/entry-words.ts";
import { pointWords } from "../history/snapshots-due.ts";
import { day, minute } from "./dates.ts";
import type { FleetReport, ReportRow } from "./fleet-report.ts";
import { thingWords } from "./input-file.ts";
import { originWords, schemaWords, settingWords } from "./tenant-view.ts";

/** Everything that is known of one tenant. */
export interface TenantReport {
  readonly stack: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly row: ReportRow;
  /** Rings of rollouts that it was in, the oldest first. */
  readonly rings: readonly LastRing[];
  /** What the history says of it, the oldest first. */
  readonly history: readonly Entry[];
}

/** One tenant of a fleet's report, with its past; undefined: the report has no such tenant. Pure. */
export function tenantReport(
  { stack, madeAt, rows }: FleetReport,
  id: string,
  { records, history }: { readonly records: readonly RolloutRecord[]; readonly history: readonly Entry[] },
): TenantReport | undefined {
  const row = rows.find(({ tenant }) => tenant === id);
  if (row === undefined) return undefined;
  return { stack, madeAt, row, rings: ringsOf(id, records), history: history.filter(({ tenant }) => tenant === id) };
}

/** A part of the page: a table, or the words for that there is nothing to tell. */
export interface Section {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly none: string;
}

/** What the page says, part by part; the youngest first where there are dates. Pure. */
export function sectionsOf(report: TenantReport): readonly Section[] {
  const { row, rings, history } = report;
  const cuts = history.filter(({ cut }) => cut !== undefined).toReversed();
  return [
    { title: "As it is", heads: ["", ""], rows: factsOf(row), none: "" },
    {
      title: "Settings",
      heads: ["setting", "from"],
      rows: row.settings.map((each) => [settingWords(each), originWords(each)]),
      none: "Neither its file nor its plan has a setting: all are tenantry's defaults.",
    },
    {
      title: "Rollouts",
      heads: ["rollout", "ring", "begun", "gates", "found"],
      rows: rings
        .toReversed()
        .map(({ rollout, ring, begun, gate, at, found }) => [
          rollout,
          ring,
          utc(begun),
          at === undefined ? gate : `${gate} on ${utc(at)}`,
          found,
        ]),
      none: "No rollout has reached it.",
    },
    {
      title: "Snapshots",
      heads: ["when", "what", "bucket's version", "files", "database", "who"],
      rows: cuts.map((entry) => [utc(entry.time), entryWords(entry).done, ...cutWords(entry), entry.actor]),
      none: "The history has no snapshot.",
    },
    {
      title: "History",
      heads: ["when", "what", "who", "commit", "what was said"],
      rows: history.toReversed().map((entry) => [
        utc(entry.time),
        Object.values(entryWords(entry))
          .filter((each) => each !== "")
          .join(", "),
        entry.actor,
        entry.commit === undefined ? "" : `${entry.commit.sha.slice(0, 10)}${entry.commit.isClean ? "" : " + changes"}`,
        (entry.errors ?? []).join(" "),
      ]),
      none: "The history has no entry for it.",
    },
  ];
}

const GB = 1e9;

function factsOf(row: ReportRow): readonly (readonly string[])[] {
  const { image, schema, drift, credentials, changed } = row;
  const size = (gb: number | undefined) => (gb === undefined ? "not measured" : byteSize(gb * GB));
  return [
    ["owner", row.owner],
    ["state", row.exists || row.state === "purged" ? row.state : `${row.state}, missing`],
    ...(row.expires === undefined ? [] : [["trial until", row.expires]]),
    ["plan", row.plan],
    ["region", `${row.region}, ${row.backend}`],
    ["app", row.url ?? "not reachable"],
    ["image", image.declared],
    ...(image.applied === image.declared ? [] : [["image of its machine", image.applied ?? "it has none"]]),
    ...(schema === undefined ? [] : [["schema", `${schema.from} ${schemaWords(row)}`]]),
    ["drift", drift.state === "found" ? drift.things.map(thingWords).join("; ") : drift.state],
    ...credentials.map(({ what, issued, due }) => [what, `of ${day(issued)}, due ${day(due)}`]),
    ["files", size(row.filesGb)],
    ["database", size(row.databaseGb)],
    ["$ a month", `${row.usd.toFixed(2)}${row.isPriceKnown ? "" : " + unknown"}`],
    ...(row.exported === undefined ? [] : [["last export", row.exported]]),
    ...(row.restore === undefined ? [] : [["last snapshot", pointWords(row.restore)]]),
    ...(row.isSnapshotLate ? [["snapshot", "late: its file requires a newer one"]] : []),
    ["last change", changed === undefined ? "none known" : `${minute(changed.at)} by ${changed.actor}`],
  ];
}

function cutWords({ cut }: Entry): readonly [version: string, files: string, database: string] {
  const size = (bytes: number | null) => (bytes === null ? "size unknown" : byteSize(bytes));
  if (cut === undefined) return ["", "", ""];
  const { version, bytes, database } = cut;
  return [version, size(bytes), database === null ? "none" : size(database.bytes)];
}

function utc(time: string): string {
  return minute(Date.parse(time));
}
