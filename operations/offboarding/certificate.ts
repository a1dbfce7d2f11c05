import * as z from "zod";

import { cell, prose } from "../../output/markdown.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { Entry } from "../history/entry.ts";

/** A resource that a tenant had: `bucket`, `tst-acme`. */
const existed = z.strictObject({ what: z.string(), name: z.string() });
/** A question to a vendor after the purge. */
const asked = z.strictObject({
  vendor: z.string(),
  asked: z.string(),
  /** `nothing`, or for an old credential `refused`; anything else is still there. */
  found: z.string(),
});
/** What one run knew of a tenant that it was to delete, in whole or in part. */
export const purgingSchema = z.strictObject({ existed: z.array(existed).optional(), tried: z.array(asked).optional() });
/** One of the resources that a tenant had. */
export type Existed = z.infer<typeof existed>;
/** One question after a purge, and what was found. */
export type Asked = z.infer<typeof asked>;

/** What is written down when a tenant was purged. No secret: credentials are named by their ids. */
export const certificateSchema = z.strictObject({
  format: z.literal("tenantry.certificate/1"),
  stack: z.string(),
  tenant: z.string(),
  purgedAt: z.iso.datetime(),
  /** Why, in the words of the tenant's file. */
  reason: z.string().optional(),
  /** The export that the purge was bound to. */
  manifest: z.strictObject({ path: z.string(), sha256: z.string(), contents: z.string().optional() }),
  /** Empty: no run said so. */
  existed: z.array(existed),
  /** Whether all old credentials were tried. Each is known only to the run that deleted it. */
  triedCredentials: z.boolean(),
  absence: z.array(asked),
  /** The runs that changed the tenant, oldest first: those that led to the purge are the last. */
  runs: z.array(
    z.strictObject({ time: z.iso.datetime(), actor: z.string(), commit: z.string().optional(), what: z.string() }),
  ),
  survives: z.array(z.strictObject({ what: z.string(), until: z.string() })),
});
/** The certificate of one purge: docs/offboarding.md says how it is read. */
export type Certificate = z.infer<typeof certificateSchema>;

/** What a certificate is made from. */
export interface Purged {
  readonly stack: string;
  readonly tenant: Tenant;
  readonly at: Date;
  readonly absence: readonly Asked[];
  /** The stack's history up to and with the purge: runs that broke off have left there what they knew. */
  readonly entries: readonly Entry[];
}

const CREDENTIALS = ["access key", "database token"];

const MOST_RUNS = 50;

/** The certificate of a purge. Pure. */
export function certificateOf({ stack, tenant, at, absence, entries }: Purged): Certificate {
  const { path = "", sha256 = "", contents } = tenant.manifest ?? {};
  const known = entries.flatMap(({ kind, tenant: of, purging }) =>
    kind === "purging" && of === tenant.id ? (purgingSchema.safeParse(purging).data ?? []) : [],
  );
  const existed = [
    ...byWords(
      known.flatMap(({ existed = [] }) => existed),
      ({ what, name }) => `${what} ${name}`,
    ),
  ];
  // What is asked for later is how it is.
  const found = [...byWords([...known.flatMap(({ tried = [] }) => tried), ...absence], ({ asked }) => asked)];
  const credentials = existed.filter(({ what }) => CREDENTIALS.includes(what)).length;
  const triedCredentials = credentials > 0 && found.filter(({ found }) => found === "refused").length >= credentials;
  const own = entries.filter((entry) => entry.kind === "tenant" && entry.tenant === tenant.id).slice(-MOST_RUNS);
  return {
    format: "tenantry.certificate/1",
    stack,
    tenant: tenant.id,
    purgedAt: at.toISOString(),
    ...(tenant.reason === undefined ? {} : { reason: tenant.reason }),
    manifest: { path, sha256, ...(contents === undefined ? {} : { contents }) },
    existed,
    triedCredentials,
    absence: found,
    runs: own.map(({ time, actor, commit, changes = {} }) => ({
      time,
      actor,
      ...(commit === undefined ? {} : { commit: commit.sha }),
      what: Object.entries(changes)
        .map(([action, count]) => `${count} ${action}`)
        .join(", "),
    })),
    survives: survivors(tenant, at),
  };
}

/** Whether nothing is left and no old credential opens anything. Pure. */
export function isClean({ absence }: Pick<Certificate, "absence">): boolean {
  return absence.every(({ found }) => found === "nothing" || found === "refused");
}

/** One of each, the last. */
function byWords<Each>(all: readonly Each[], wordsOf: (each: Each) => string): MapIterator<Each> {
  return new Map(all.map((each) => [wordsOf(each), each])).values();
}

const DAY = 86_400_000;

/**
 * What outlives the purge, and until when, as the vendors document it: docs.turso.tech/features/point-in-time-recovery,
 * tigris-os-docs/docs/buckets/soft-delete.md.
 */
function survivors({ storage, database, kept = [] }: Tenant, at: Date): Certificate["survives"] {
  const softDeleteDays = storage.backend === "fly-volume" ? 0 : storage.softDeleteDays;
  const day = new Date(at.getTime() + softDeleteDays * DAY).toISOString().slice(0, 10);
  return [
    { what: "the export", until: "whoever has it deletes it" },
    ...(softDeleteDays > 0 ? [{ what: "deleted files and the bucket's name, by soft delete", until: day }] : []),
    ...(storage.backend === "fly-volume"
      ? [{ what: "the volume and its snapshots at Fly", until: "a day, and the snapshots' retention" }]
      : []),
    ...(database.engine === "turso"
      ? [{ what: "the database's point-in-time copies at Turso", until: "1 to 90 days, by Turso's plan" }]
      : []),
    ...kept.map(({ backend }) => ({
      what: `copies that the vendor keeps of what a move left on ${backend}`,
      until: "the end of its soft delete, or of its snapshots",
    })),
    { what: "names and ids in the tenant's file, the history and older copies of the state", until: "they are kept" },
  ];
}

/** The certificate for people. Pure. */
export function certificateMarkdown(certificate: Certificate): string {
  const { stack, tenant, purgedAt, reason, manifest, existed, triedCredentials, absence, runs, survives } = certificate;
  return [
    `# Tenant ${tenant} of ${stack} was deleted`,
    `On ${purgedAt}${reason === undefined ? "" : `, because: ${prose(reason)}`}. ${isClean(certificate) ? "Nothing of it was found afterwards." : "**Not all of it is gone: see below.**"}`,
    `Bound to the export \`${cell(manifest.path)}\`, SHA-256 \`${manifest.sha256}\`.`,
    "## What existed",
    existed.length === 0
      ? "Not known: the run that deleted it ended too early."
      : table(
          ["what", "name"],
          existed.map(({ what, name }) => [what, name]),
        ),
    "## What was checked afterwards",
    table(
      ["vendor", "asked for", "found"],
      absence.map(({ vendor, asked, found }) => [vendor, asked, found]),
    ),
    triedCredentials ? "" : "Not all old credentials were tried: a run that deleted some ended too early.",
    "## What survives, and until when",
    table(
      ["what", "until"],
      survives.map(({ what, until }) => [what, until]),
    ),
    "## The runs that changed it",
    table(
      ["when", "who", "commit", "what"],
      runs.map(({ time, actor, commit = "", what }) => [time, actor, commit, what]),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
