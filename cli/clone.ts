import { readFileSync } from "node:fs";

import { Command, InvalidArgumentError, Option } from "commander";

import { cloneTenant } from "../operations/snapshots/of-tenant.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { clockFrom } from "../provider/clock.ts";
import { openStack } from "../stack/context.ts";
import { TENANT_ID, TENANT_ID_EXPECTED } from "../tenants/model/tenant-id.ts";
import { durationSeconds } from "../tenants/model/duration.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";
import { atOption } from "./restore.ts";

/** `tenantry clone TENANT NEW`: a tenant of its own that begins as another was. */
export function command(): Command {
  return new Command("clone")
    .description(
      "Create a new tenant as a copy of another: a fork of its bucket, a copy of its database from the same instant, scrubbed " +
        "before anybody gets a key, and a tenant file for the next `up`. Without --at it takes a snapshot first.",
    )
    .argument("<tenant>", "the tenant to copy")
    .argument("<new>", `the clone's id: ${TENANT_ID_EXPECTED}`, tenantId)
    .addOption(atOption())
    .addOption(new Option("--ttl <span>", "suspend the clone after this time: 7d, 12h").argParser(span))
    .addOption(new Option("--scrub <file>", "SQL file that removes confidential data from the clone's database"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

interface CloneOptions {
  readonly stack: string;
  readonly at?: Date;
  readonly ttl?: number;
  readonly scrub?: string;
  readonly json?: boolean;
}

async function run(id: string, clone: string, { stack, at, ttl, scrub, json }: CloneOptions): Promise<void> {
  const context = openStack(stack);
  const ends = ttl === undefined ? undefined : new Date(clockFrom(process.env)().getTime() + ttl * 1000);
  const wish = {
    clone,
    at,
    expires: ends?.toISOString().slice(0, 10),
    scrub: scrub === undefined ? undefined : readFileSync(scrub, "utf8"),
  };
  const found = await during(`clone of ${id}`, () => interruptible((signal) => cloneTenant(context, id, wish, signal)));
  if (json === true) printJson(found);
  else printLine(`${clone} is a copy of ${id} at ${found.cut.at}: ${found.file}`);
  note(`nobody has a key yet; check the file, then run: npx tenantry up ${clone} --stack ${stack}`);
}

function tenantId(text: string): string {
  if (TENANT_ID.test(text)) return text;
  throw new InvalidArgumentError(TENANT_ID_EXPECTED);
}

function span(text: string): number {
  const seconds = /^(?:\d+[wdhms])+$/.test(text) ? durationSeconds(text) : 0;
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError("expected a duration like 7d or 12h");
}
