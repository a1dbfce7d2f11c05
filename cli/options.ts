import { Argument, InvalidArgumentError, Option } from "commander";

import { reason } from "../tenants/model/lifecycle.ts";

/** The stack a verb works on. */
export function stackOption(): Option {
  return new Option("-s, --stack <stack>", "the stack to work on").default("local").env("TENANTRY_STACK");
}

/** Prints the result as JSON. */
export function jsonOption(): Option {
  return new Option("-j, --json", "print JSON, for programs");
}

/** Asks no question. */
export function yesOption(what: string): Option {
  return new Option("-y, --yes", what);
}

/** Why something is done, for people; checked as the tenant file's own `reason` is. */
export function reasonOption(what: string): Option {
  return new Option("--reason <text>", what).argParser((text: string) => {
    const checked = reason.safeParse(text);
    if (checked.success) return checked.data;
    throw new InvalidArgumentError(checked.error.issues[0]?.message ?? "");
  });
}

/** Shows every column of a table, however wide the terminal is. */
export function wideOption(): Option {
  return new Option("-w, --wide", "show all columns, even if they do not fit the terminal");
}

/** The tenants a verb is limited to. */
export function tenantsArgument(what = "only these; default: all of the stack"): Argument {
  return new Argument("[tenants...]", what);
}

/** A number of things, at least one. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("expected a number from 1 to 9999");
  return Number(text);
}
