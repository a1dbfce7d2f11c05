import { Option } from "commander";

/** The stack a verb works on. */
export function stackOption(): Option {
  return new Option("-s, --stack <stack>", "the stack to work on").default("local").env("TENANTRY_STACK");
}

/** Prints the result as JSON. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON, for programs");
}
