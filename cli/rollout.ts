import { Argument, Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { recordedTenants } from "../operations/engine/recorded-tenants.ts";
import { restoresUnderWay } from "../operations/history/restores-under-way.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { advance, type Advanced, liftHalt } from "../operations/rollout/advance.ts";
import { returnTenants, type WhoReturns } from "../operations/rollout/back.ts";
import { rolloutErrors } from "../operations/rollout/errors.ts";
import { type Finished, finishRollout } from "../operations/rollout/finish.ts";
import { type GateFinding, gateFindings } from "../operations/rollout/gates.ts";
import { holdingRollouts, type Opened, openActive, openRollout } from "../operations/rollout/opened.ts";
import { progressOf } from "../operations/rollout/progress.ts";
import { beginRing, newRecord, type RingWritten, subjectsOf } from "../operations/rollout/rings.ts";
import { ringsDocument, ringsText, statusDocument, statusText } from "../operations/rollout/shown.ts";
import { counted } from "../output/counted.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { clockFrom } from "../provider/clock.ts";
import { halted, isActive, type RolloutRecord } from "../rollouts/record.ts";
import { recordsOf, writeRecord } from "../rollouts/records.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { demonstrated } from "./demo.ts";
import { notApplied } from "./edited.ts";
import { jsonOption, reasonOption, stackOption } from "./options.ts";

/** `tenantry rollout`: a change through the fleet in rings. Every verb writes files only; `up` applies them. */
export function command(): Command {
  return new Command("rollout")
    .description(
      "Roll out a change to the tenants of a stack in rings. rollouts/<name>.yaml declares the change, the tenants and the " +
        "rings. These verbs only write files; `up` applies them.",
    )
    .addCommand(
      on("start", "write the files of the first ring; a rollout that was halted may go on again")
        .addOption(new Option("--dry-run", "only show the rings and the tenants left out"))
        .action(start),
    )
    .addCommand(
      named(new Command("next"), "[name]", "default: every rollout of the stack that is under way")
        .description("check the gates of the last ring; if they pass, write the files of the next ring")
        .addOption(new Option("--untried", "continue although every machine of the ring is idle"))
        .action(next),
    )
    .addCommand(
      named(new Command("status"), "[name]", "default: every rollout of the stack")
        .description("show the rings, the gates, and the tenants that are held or failed")
        .action(status),
    )
    .addCommand(
      on("halt", "stop it: no further ring begins until somebody starts it again")
        .addOption(reasonOption("why, on one line").makeOptionMandatory())
        .action(halt),
    )
    .addCommand(
      on("back", "put tenants back to what their files said before; default: those that failed")
        .addArgument(new Argument("[tenants...]", "only these"))
        .addOption(new Option("--ring <ring>", "all tenants of this ring"))
        .action(back),
    )
    .addCommand(
      named(new Command("finish"), "[name]", "default: every rollout of the stack that is through")
        .description("move the value into the plans, and remove it from the tenants' files")
        .action(finish),
    );
}

function on(verb: string, does: string): Command {
  return named(new Command(verb), "<name>", "name of the rollout's file, without .yaml").description(does);
}

function named(verb: Command, argument: string, what: string): Command {
  return verb.argument(argument, what).addOption(stackOption()).addOption(jsonOption());
}

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

const now = () => clockFrom(process.env)();

async function start(name: string, { stack, json, dryRun }: Options & { readonly dryRun?: boolean }): Promise<void> {
  const context = openStack(stack);
  if (dryRun === true) {
    const opened = openRollout(context, name, now());
    if (json === true) printJson(ringsDocument(opened));
    else printLine(ringsText(opened));
    return;
  }
  await holdingRollouts(context, async () => {
    const opened = openRollout(context, name, now(), await restoresUnderWay(context, now()));
    const { record, rollout } = opened;
    if (record?.halted !== undefined && isActive(record)) {
      liftHalt(openActive(context, name, now()), now());
      say(
        json,
        { rollout: name, lifted: true },
        `${name} goes on in ${stack}: npx tenantry rollout next ${name} --stack ${stack}`,
      );
      return;
    }
    if (record !== undefined)
      throw new TenantryError(rolloutErrors.ROLLOUT_UNDER_WAY, `${name} was started in ${stack} on ${record.begun}`);
    const written = beginRing(opened, newRecord(opened, now()), now());
    if (written === undefined) throw new TenantryError(rolloutErrors.ROLLOUT_NOBODY, `${rollout.name} in ${stack}`);
    sayWritten(opened, { findings: [], passed: undefined, written }, json);
  });
}

type NextOptions = Options & { readonly untried?: boolean };

async function next(name: string | undefined, options: NextOptions): Promise<void> {
  const context = openStack(options.stack);
  await holdingRollouts(context, async () => {
    if (name === undefined) await allNext(context, options);
    else {
      const { opened, advanced } = await oneNext(context, name, options);
      sayWritten(opened, advanced, options.json);
    }
  });
}

async function oneNext(context: StackContext, name: string, { untried }: NextOptions) {
  const opened = openActive(context, name, now(), await restoresUnderWay(context, now()));
  const ask = (tenants: readonly string[]) => during(`gates of ${name}`, () => askGates(opened, tenants));
  return { opened, advanced: await advance(opened, ask, { now: now(), untried: untried === true }) };
}

/** One that waits or is halted holds up no other: each says how it is, and the exit code is the worst of all. */
async function allNext(context: StackContext, options: NextOptions): Promise<void> {
  const { stack, projectDir } = context;
  const documents: object[] = [];
  const codes: number[] = [];
  const active = recordsOf(projectDir, stack).filter(isActive);
  for (const { rollout: name, halted: since } of active) {
    if (since !== undefined) {
      documents.push({ rollout: name, halted: since });
      note(`${name} is halted since ${since.at}: ${since.reason}`);
      continue;
    }
    try {
      const { opened, advanced } = await oneNext(context, name, options);
      documents.push(advancedDocument(opened, advanced));
      if (options.json !== true) sayWritten(opened, advanced, false);
    } catch (error) {
      if (!(error instanceof TenantryError)) throw error;
      documents.push({ rollout: name, error: error.code, message: error.message });
      codes.push(error.exitCode);
      note(error.message);
    }
  }
  if (options.json === true) printJson(documents);
  else if (active.length === 0) printLine(`no rollout is under way in ${stack}`);
  if (codes.length > 0) process.exitCode = codes.includes(EXIT.error) ? EXIT.error : EXIT.changes;
}

async function askGates(
  opened: Opened & { readonly record: RolloutRecord },
  tenants: readonly string[],
): Promise<readonly GateFinding[]> {
  const { context, record, rollout, basis: basis } = opened;
  const progress = await progressOf(context, record, subjectsOf(basis.subjects, tenants));
  const urls = await urlsOf(context, await recordedTenants(context));
  return gateFindings(rollout.gates, progress, {
    now: now(),
    fetch,
    limitMs: 10_000,
    urlOf: (tenant) => urls.get(tenant),
    demo: async (tenant) => {
      const { app } = await demonstrated(context, tenant);
      if (typeof app === "string") throw new Error(app);
    },
  });
}

async function status(name: string | undefined, { stack, json }: Options): Promise<void> {
  const context = openStack(stack);
  const names = name === undefined ? recordsOf(context.projectDir, stack).map(({ rollout }) => rollout) : [name];
  const all = await during(`rollouts of ${stack}`, () => Promise.all(names.map((each) => withProgress(context, each))));
  if (json === true) printJson(all.map(({ opened, progress }) => statusDocument(opened, progress)));
  else if (all.length === 0) printLine(`no rollout was started in ${stack}`);
  else printLine(all.map(({ opened, progress }) => statusText(opened, progress)).join("\n\n"));
}

/** Of a rollout that is through nothing is asked at a vendor. */
async function withProgress(context: StackContext, name: string) {
  const opened = openRollout(context, name, now());
  const { record, basis: basis, view } = opened;
  const ids = view.rings.flatMap(({ tenants }) => tenants.flatMap(({ id, phase }) => (phase === "pinned" ? [id] : [])));
  const asked = record === undefined || !isActive(record) ? [] : subjectsOf(basis.subjects, ids);
  return { opened, progress: record === undefined ? new Map() : await progressOf(context, record, asked) };
}

async function halt(name: string, { stack, json, reason }: Options & { readonly reason: string }): Promise<void> {
  const context = openStack(stack);
  await holdingRollouts(context, () => {
    const { record } = openActive(context, name, now());
    const stopped = halted(record, reason, now());
    writeRecord(context.projectDir, stopped);
    const { at = "", reason: all = "" } = stopped.halted ?? {};
    say(json, { rollout: name, halted: all, since: at }, `${name} is halted in ${stack} since ${at}: ${all}`);
  });
}

async function back(
  name: string,
  tenants: readonly string[],
  { stack, json, ring }: Options & { readonly ring?: string },
  verb: Command,
): Promise<void> {
  if (tenants.length > 0 && ring !== undefined) verb.error("rollout back: name tenants or a ring, not both");
  const context = openStack(stack);
  await holdingRollouts(context, async () => {
    const opened = openActive(context, name, now());
    const who: WhoReturns =
      ring !== undefined ? { ring } : tenants.length > 0 ? { tenants } : { failed: await failedNow(opened) };
    const returned = returnTenants(opened, who, now());
    const words =
      returned.length === 0
        ? [`no tenant of ${name} has failed in ${stack}`]
        : returned.map((id) => `edited: ${id}, restored to before ${name}`);
    say(json, { rollout: name, returned }, words.join("\n"));
    if (returned.length > 0) notApplied(`npx tenantry up ${returned.join(" ")} --stack ${stack}`);
  });
}

async function failedNow({
  context,
  record,
  basis: basis,
  view,
}: Opened & { readonly record: RolloutRecord }): Promise<ReadonlySet<string>> {
  const ids = view.rings.flatMap(({ tenants }) => tenants.flatMap(({ id, phase }) => (phase === "pinned" ? [id] : [])));
  const progress = await during("machines", () => progressOf(context, record, subjectsOf(basis.subjects, ids)));
  return new Set([...progress].flatMap(([id, { is }]) => (is === "failed" ? [id] : [])));
}

async function finish(name: string | undefined, { stack, json }: Options): Promise<void> {
  const context = openStack(stack);
  await holdingRollouts(context, () => {
    if (name === undefined) allFinished(context, json);
    else {
      const finished = finishRollout(openActive(context, name, now()), now());
      say(json, { rollout: name, ...finished }, finishedWords(context, name, finished));
    }
  });
}

/** One that waits holds up no other, and is said. Throws what is no matter of waiting. */
function allFinished(context: StackContext, json: boolean | undefined): void {
  const { stack, projectDir } = context;
  const documents: object[] = [];
  const active = recordsOf(projectDir, stack).filter(isActive);
  for (const { rollout: name } of active) {
    try {
      const finished = finishRollout(openActive(context, name, now()), now());
      documents.push({ rollout: name, ...finished });
      if (json !== true) printLine(finishedWords(context, name, finished));
    } catch (error) {
      if (!TenantryError.is(error, rolloutErrors.ROLLOUT_OPEN)) throw error;
      documents.push({ rollout: name, error: error.code, message: error.message });
      note(error.message);
      process.exitCode = EXIT.changes;
    }
  }
  if (json === true) printJson(documents);
  else if (active.length === 0) printLine(`no rollout is under way in ${stack}`);
}

function finishedWords({ stack }: StackContext, name: string, { moved, kept, unpinned, stay }: Finished): string {
  const lines = [
    ...(moved.length > 0
      ? [
          `tenants/plans.yaml: ${moved.join(", ")} has it now; taken out of ${counted(unpinned.length, "tenant's file", "tenants' files")}`,
        ]
      : []),
    ...(kept.length > 0
      ? [
          `tenants/plans.yaml: ${kept.join(", ")} stays as it is, for ${name} is not for all its tenants; who has it keeps it`,
        ]
      : []),
    ...(stay.length > 0 ? [`stay on what they had, in their own files: ${stay.join(", ")}`] : []),
    `${name} is finished; nothing is to be applied: npx tenantry plan --stack ${stack}`,
  ];
  return lines.join("\n");
}

function sayWritten(opened: Opened, { findings, passed, written }: Advanced, json: boolean | undefined): void {
  const { name } = opened.rollout;
  const { stack } = opened.context;
  const failed = findings.filter(({ verdict }) => verdict === "failed");
  const lines = [
    ...(passed === undefined ? [] : [`the ring ${passed} is through its gates`]),
    ...failed.map(({ tenant, words }) => `failed: ${tenant}, ${words}`),
    ...skippedNow(opened).map(({ tenant, why }) => `skipped: ${tenant}, ${why}`),
    ...(written === undefined
      ? [`every ring is through: npx tenantry rollout finish ${name} --stack ${stack}`]
      : writtenLines(written)),
  ];
  say(json, advancedDocument(opened, { findings, passed, written }), lines.join("\n"));
  if (written !== undefined) notApplied(`npx tenantry up ${written.tenants.join(" ")} --stack ${stack}`);
  if (failed.length > 0) note(`roll back those that failed: npx tenantry rollout back ${name} --stack ${stack}`);
}

function advancedDocument(opened: Opened, { findings, passed, written }: Advanced): object {
  const skipped = skippedNow(opened);
  return { rollout: opened.rollout.name, passed: passed ?? null, findings, written: written ?? null, skipped };
}

/** Whom the ring would have taken, were they not busy right now. */
function skippedNow({ view, basis: basis }: Opened): { readonly tenant: string; readonly why: string }[] {
  return view.leftOut.flatMap(({ id, why }) => (basis.busy?.get(id) === why ? [{ tenant: id, why }] : []));
}

function writtenLines({ ring, tenants, files }: RingWritten): string[] {
  const left = tenants.length - files.length;
  return [
    `ring ${ring}: ${counted(tenants.length, "tenant")}${left === 0 ? "" : `, ${left} of them had it already`}`,
    ...files.map((file) => `edited: ${file}`),
  ];
}

function say(json: boolean | undefined, document: object, text: string): void {
  if (json === true) printJson(document);
  else printLine(text);
}
