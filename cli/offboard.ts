import { basename, join, relative } from "node:path";

import { Command, InvalidArgumentError, Option } from "commander";

import type { BucketAddress } from "../operations/handover/bucket-address.ts";
import { exportTenant } from "../operations/handover/export.ts";
import { MANIFEST } from "../operations/handover/manifest.ts";
import { verifyExport } from "../operations/handover/verify.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { tenantsIn } from "../operations/engine/removed-tenants.ts";
import { resourcesIfMade } from "../operations/engine/stack-state.ts";
import { certificateMarkdown, isClean } from "../operations/offboarding/certificate.ts";
import { certificateIn, certified } from "../operations/offboarding/certified.ts";
import { nextStep } from "../operations/offboarding/next-step.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { clockFrom } from "../provider/clock.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { exportedText, withState } from "../tenants/edits/state-text.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { type Edited, sayEdited } from "./edited.ts";
import { type BucketOptions, bucketOptions, folderOrAddress, placeOf } from "./export-place.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, reasonOption, stackOption, yesOption } from "./options.ts";
import { up } from "./up.ts";

const DAY = 86_400_000;
const DEFAULT_RETENTION = 30;

/** `tenantry offboard TENANT`: the next step of a tenant that leaves. Edits its file. */
export function command(): Command {
  const verb = new Command("offboard")
    .description(
      "Do the next step for a tenant that leaves: suspend it; export it and remove its protections (--export); and purge it " +
        "after the days of --retain. Each step edits the tenant's file, for its own pull request, and applies nothing without " +
        "--apply. A purge deletes only files that the export lists. For a purged tenant it prints the certificate: what existed, " +
        "what was checked afterwards, and what remains until when.",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(
      new Option(
        "--export <place>",
        "export the tenant to this folder or s3://BUCKET/PREFIX, and verify the export; continues where it stopped",
      ).argParser(folderOrAddress),
    )
    .addOption(new Option("--versions", "with --export: include older versions of files; needs `storage.snapshots`"))
    .addOption(
      new Option("--retain <days>", "with --export: days to keep the data before it may be purged")
        .default(DEFAULT_RETENTION)
        .argParser(days),
    )
    .addOption(reasonOption("why, on one line, written into the file; purges before its day has come"))
    .addOption(new Option("--certify", "for a purged tenant: ask the vendors again and write a new certificate"))
    .addOption(new Option("-a, --apply", "apply it now: show the plan and ask at a terminal, as `up` does"))
    .addOption(yesOption("do not ask; for --apply"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(offboard);
  return bucketOptions().reduce((all, option) => all.addOption(option), verb);
}

/** Options that say how is exported. */
const OF_EXPORT = ["versions", "retain", "endpoint", "profile", "pathStyle"] as const;

interface OffboardOptions extends BucketOptions {
  readonly stack: string;
  readonly export?: string | BucketAddress;
  readonly versions?: boolean;
  readonly retain: number;
  readonly reason?: string;
  readonly certify?: boolean;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

function days(text: string): number {
  const count = Number(text.replace(/d$/, ""));
  if (!/^\d{1,4}d?$/.test(text)) throw new InvalidArgumentError("expected a number of days, such as 30");
  return count;
}

async function offboard(id: string, options: OffboardOptions, verb: Command): Promise<void> {
  const alone = OF_EXPORT.find((name) => options.export === undefined && verb.getOptionValueSource(name) === "cli");
  if (alone !== undefined) verb.error(`offboard: ${flagOf(verb, alone)} goes with --export`);
  const context = openStack(options.stack);
  const tenant = declaredTenant(context, id);
  const stored = tenantsIn(await resourcesIfMade(context)).get(id) ?? [];
  const now = clockFrom(process.env)();
  const step = nextStep(tenant, stored, now, {
    exports: options.export !== undefined,
    certify: options.certify === true,
    reason: options.reason,
  });
  if (step === "done") {
    await showCertificate(context, tenant, options);
    return;
  }
  const edited = await EDITS[step](context, tenant, options, now);
  sayEdited(context, [edited], options);
  note(NEXT[step](id));
  if (options.apply === true) await up([id], { ...options, refresh: true });
}

function flagOf(verb: Command, name: string): string {
  return verb.options.find((option) => option.attributeName() === name)?.long ?? name;
}

/** Made now where the run that purged the tenant ended before it could, or where a new one is asked for. */
async function showCertificate(
  context: StackContext,
  tenant: Tenant,
  { certify, json }: OffboardOptions,
): Promise<void> {
  const known = certify === true ? undefined : await certificateIn(context, tenant.id);
  const certificate =
    known ?? (await during(`check that nothing of ${tenant.id} exists`, () => certified(context, tenant, [])));
  if (!isClean(certificate)) process.exitCode = EXIT.error;
  if (json === true) printJson(certificate);
  else printLine(certificateMarkdown(certificate));
}

type Edit = (context: StackContext, tenant: Tenant, options: OffboardOptions, now: Date) => Promise<Edited> | Edited;

const EDITS: Readonly<Record<"suspend" | "export" | "purge", Edit>> = {
  suspend(context, { id }, { reason }) {
    editTenantFile(context, id, (text) => withState(text, "suspended", reason));
    return { tenant: id, words: "suspended", document: { state: "suspended" } };
  },
  export: exported,
  purge(context, { id }, { reason }) {
    editTenantFile(context, id, (text) => withState(text, "purged", reason));
    return { tenant: id, words: "purged", document: { state: "purged" } };
  },
};

const NEXT: Readonly<Record<"suspend" | "export" | "purge", (id: string) => string>> = {
  suspend: (id) => `all data stays; when that is applied: npx tenantry offboard ${id} --export PLACE`,
  export: (id) =>
    `keep the export: the step after this one deletes what it lists. When this is applied: npx tenantry offboard ${id}`,
  purge: (id) =>
    `applying it deletes all resources of ${id}, if the bucket still contains exactly the objects of the export`,
};

async function exported(context: StackContext, { id }: Tenant, options: OffboardOptions, now: Date): Promise<Edited> {
  keepHeapSmall();
  const place = await placeOf(options.export ?? ".", options);
  const { versions = false } = options;
  const { sha256, contents } = await during(`export of ${id}`, (tell) =>
    interruptible(async (signal) => {
      const done = await exportTenant(context, id, place, { tell, signal, now: () => new Date(), versions });
      await verifyExport(place, tell);
      return done;
    }),
  );
  const path =
    place.bucket === undefined ? inFolder(context, place.name) : `s3://${plain(place.name.slice(5))}${MANIFEST}`;
  const manifest = { path, sha256, contents };
  const purgeAfter = new Date(now.getTime() + options.retain * DAY).toISOString().slice(0, 10);
  editTenantFile(context, id, (text) => exportedText(text, manifest, purgeAfter));
  const document = { state: "offboarding", manifest, purgeAfter };
  return { tenant: id, words: `exported and offboarding; may be purged from ${purgeAfter} on`, document };
}

/** Relative to the project where the export lies in it, else to the folder that the exports are in. */
function inFolder({ projectDir }: StackContext, dir: string): string {
  const inProject = relative(projectDir, dir);
  const place = inProject.startsWith("..") || inProject === "" ? basename(dir) : inProject;
  return join(plain(place), MANIFEST);
}

const plain = (place: string) => place.replaceAll(/[^A-Za-z0-9._/-]/g, "-");
