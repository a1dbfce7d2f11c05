import { Argument, Option } from "commander";

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

/** Shows every column of a table, however wide the terminal is. */
export function wideOption(): Option {
  return new Option("-w, --wide", "show all columns, also where they do not fit the terminal");
}

/** The tenants a verb is limited to. */
export function tenantsArgument(what = "only these; default: all of the stack"): Argument {
  return new Argument("[tenants...]", what);
}
