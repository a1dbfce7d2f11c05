import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { TenantOutcome } from "../engine/deployment-events.ts";
import { EXIT } from "../../output/exit-codes.ts";
import type { StackContext } from "../../stack/context.ts";
import { checkedOut, git } from "../../stack/git.ts";
import { note } from "../../output/terminal.ts";
import { chained, type HistoryEvent } from "./entry.ts";
import { historyErrors } from "./errors.ts";
import type { HistoryLog } from "./log.ts";
import { historyLog } from "./open-log.ts";

const MOST_ATTEMPTS = 20;

/** How much of an error's text is kept. */
const ERROR_LIMIT = 500;

/**
 * Does `work` and records who changed what: one line before, so that every change leaves a trace, and afterwards one per
 * tenant that was or should have been changed, and one for the run. What `work` reports about a tenant is written
 * immediately, so that it survives a kill, and not again at the end. Throws HISTORY_UNREACHABLE before anything is changed.
 *
 * @param plan the hash of the reviewed plan that is applied
 */
export async function recorded(
  context: StackContext,
  plan: string | undefined,
  work: (tell: (outcome: TenantOutcome) => void) => Promise<TenantOutcome[]>,
): Promise<TenantOutcome[]> {
  const log = historyLog(context);
  const common = await commonPart(context, plan);
  const record = (...events: Omit<HistoryEvent, keyof typeof common | "time">[]) =>
    add(
      log,
      events.map((event) => ({ ...common, ...event, time: new Date().toISOString() })),
    );
  await record({ kind: "begun" });
  const told = new Set<string>();
  const lines = new InTurn<TenantOutcome>((outcomes) =>
    recordedAfterwards(() => record(...outcomes.flatMap(tenantEvent))),
  );
  const tell = (outcome: TenantOutcome) => {
    told.add(outcome.tenant);
    lines.add(outcome);
  };
  try {
    const outcomes = await work(tell);
    const rest = outcomes.filter(({ tenant }) => !told.has(tenant));
    await lines.done();
    await recordedAfterwards(() => record(...rest.flatMap(tenantEvent), endEvent(outcomes)));
    return outcomes;
  } catch (error) {
    const errors = [shortened(error instanceof Error ? error.message : String(error))];
    await lines.done();
    await recordedAfterwards(() => record({ kind: "ended", result: "failed", errors }));
    throw error;
  }
}

/** Writes one batch after the other: what comes while one is being written goes with the next. */
class InTurn<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #underWay: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(write: (items: readonly Item[]) => Promise<void>) {
    this.#write = write;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#underWay ??= this.#run();
  }

  /** Resolves when all is written. Throws what a write has thrown. */
  async done(): Promise<void> {
    await this.#underWay;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#underWay = undefined;
    }
  }
}

/** Writes one line about something that was done outside a run of `up`. Throws HISTORY_UNREACHABLE, HISTORY_BUSY. */
export async function noted(
  context: StackContext,
  event: Pick<HistoryEvent, "kind" | "tenant" | "cut" | "undo" | "result" | "errors" | "certificate" | "purging">,
): Promise<void> {
  const common = await commonPart(context, undefined);
  await add(historyLog(context), [{ ...common, ...event, time: new Date().toISOString() }]);
}

/** What was changed is changed: that it could not be written down must not hide how it went. */
async function recordedAfterwards(record: () => Promise<void>): Promise<void> {
  try {
    await record();
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    process.exitCode = EXIT.error;
  }
}

function tenantEvent({
  tenant,
  result,
  done,
  open,
  errors,
  migrations = [],
}: TenantOutcome): Omit<HistoryEvent, "stack" | "run" | "actor" | "from" | "time">[] {
  const changes = Object.fromEntries(Object.entries(done).filter(([, count]) => count > 0));
  if (Object.keys(changes).length + migrations.length === 0 && result === "ok") return [];
  return [
    {
      kind: "tenant",
      tenant,
      changes,
      result,
      ...(open.length > 0 ? { open: [...open] } : {}),
      ...(errors.length > 0 ? { errors: errors.map(shortened) } : {}),
      ...(migrations.length > 0 ? { migrations: [...migrations] } : {}),
    },
  ];
}

function endEvent(outcomes: readonly TenantOutcome[]): Pick<HistoryEvent, "kind" | "result"> {
  const results = new Set(outcomes.map(({ result }) => result));
  if (results.has("failed")) return { kind: "ended", result: "failed" };
  return { kind: "ended", result: results.has("interrupted") || results.has("untouched") ? "interrupted" : "ok" };
}

function shortened(text: string): string {
  return text.length > ERROR_LIMIT ? `${text.slice(0, ERROR_LIMIT - 1)}…` : text;
}

async function add(log: HistoryLog, events: readonly HistoryEvent[]): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const tail = await log.tail();
    if (await log.append(tail, chained(tail, events))) return;
    await sleep(50 + Math.random() * 200);
  }
  throw new TenantryError(historyErrors.HISTORY_BUSY, log.where);
}

async function commonPart({ stack, projectDir }: StackContext, plan: string | undefined) {
  const { env } = process;
  const [commit, actor] = await Promise.all([
    checkedOut(projectDir),
    env["GITHUB_ACTOR"] ?? git(projectDir, "config", "user.email"),
  ]);
  const workflowRun = `${env["GITHUB_SERVER_URL"] ?? ""}/${env["GITHUB_REPOSITORY"] ?? ""}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`;
  return {
    stack,
    run: randomUUID(),
    actor: actor ?? userInfo().username,
    from: env["GITHUB_RUN_ID"] === undefined ? hostname() : workflowRun,
    ...(commit === undefined ? {} : { commit }),
    ...(plan === undefined ? {} : { plan }),
  };
}
