import { Command, Option } from "commander";

import { jsonOption, yesOption } from "./options.ts";
import { add, cost, drift, emit, list, matrix, move, plan, report, up, validate } from "./fleet-verbs.ts";
import { baseOption, groupOption, workersOption } from "./fleet-stacks.ts";

/** `tenantry fleet`: the same over all stacks of a group. */
export function command(): Command {
  return new Command("fleet")
    .description(
      "Work on all stacks of a group, for a fleet too large for one stack. A stack joins a group by `tenantry:stackGroup` in " +
        "its settings. A stack that fails does not stop the others; run the same command again to continue.",
    )
    .addCommand(overStacks("plan", "show what `up` would do, stack by stack; exits as `tenantry plan` does"))
    .addCommand(upCommand())
    .addCommand(driftCommand())
    .addCommand(
      onGroup("list", "count the tenants of each stack; --json lists them").addOption(workersOption()).action(list),
    )
    .addCommand(
      onGroup("cost", "estimate what the fleet costs a month as a whole, as the vendors bill it")
        .addOption(new Option("--no-measure", "do not ask the vendors; assume the use of every tenant"))
        .action(cost),
    )
    .addCommand(
      onGroup("report", "write each stack's page, and one page that leads to them")
        .addOption(workersOption())
        .addOption(new Option("-o, --out <folder>", "folder to write to").default("fleet-report"))
        .addOption(new Option("--check-drift", "check for drift now"))
        .addOption(new Option("--no-measure", "do not ask the vendors for sizes"))
        .action(report),
    )
    .addCommand(
      onGroup("validate", "check all tenant files of all stacks, without calls to the vendors").action(validate),
    )
    .addCommand(addCommand())
    .addCommand(moveCommand())
    .addCommand(matrixCommand())
    .addCommand(emitCommand());
}

function onGroup(name: string, description: string): Command {
  return new Command(name).description(description).addOption(groupOption()).addOption(jsonOption());
}

function overStacks(name: "plan" | "up", description: string): Command {
  const verb = onGroup(name, description)
    .addOption(baseOption())
    .addOption(workersOption())
    .addOption(new Option("--all", "check every tenant, not only those changed since the last `up`"))
    .addOption(new Option("--no-refresh", "do not check the vendors for outside changes first"));
  if (name === "up") return verb;
  return verb
    .addOption(new Option("-o, --out <folder>", "also write each stack's plan there, for `fleet up --plans`"))
    .action(plan);
}

function upCommand(): Command {
  return overStacks(
    "up",
    "bring every stack to what its tenant files say; needs --yes or --plans, because it does not ask",
  )
    .addOption(yesOption("apply what the files say, without a question"))
    .addOption(
      new Option(
        "--plans <folder>",
        "apply the plans of `fleet plan --out`; refuse a plan when anything changed since",
      ),
    )
    .action(up);
}

function driftCommand(): Command {
  return onGroup("drift", "find what was changed outside tenantry, stack by stack; exits as `tenantry drift` does")
    .addOption(baseOption())
    .addOption(workersOption())
    .action(drift);
}

function addCommand(): Command {
  return new Command("add")
    .description("create the next stack of a group, with the settings of the others")
    .argument("[group]", "the group; default: the only one of the project")
    .addOption(new Option("--files-only", "only write its files; do not create it in the state backend"))
    .addOption(jsonOption())
    .action(add);
}

function moveCommand(): Command {
  return new Command("move")
    .description(
      "move a tenant's file and state to another stack of its group, without calls to the vendors; run it again after a kill to continue",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(new Option("--to <stack>", "the stack to move it to").makeOptionMandatory())
    .addOption(jsonOption())
    .action(move);
}

function matrixCommand(): Command {
  return new Command("matrix")
    .description("print the matrix of a GitHub Actions job: one job per stack, one environment per group")
    .argument("[names...]", "stacks and groups; default: every stack of the project with real accounts")
    .addOption(baseOption())
    .addOption(jsonOption())
    .action(matrix);
}

function emitCommand(): Command {
  return onGroup("emit", "write what another engine reads, such as the Pulumi Kubernetes Operator")
    .addOption(new Option("--operator", "Stack resources of the Pulumi Kubernetes Operator").makeOptionMandatory())
    .addOption(new Option("--repository <url>", "the project's git repository").makeOptionMandatory())
    .addOption(new Option("--backend <url>", "URL of the state, as in PULUMI_BACKEND_URL").makeOptionMandatory())
    .addOption(new Option("--image <image>", "image of the workspaces (docs/fleets.md)").makeOptionMandatory())
    .addOption(new Option("--branch <branch>", "the branch to apply").default("main"))
    .addOption(new Option("--secret <name>", "the Kubernetes secret with the credentials").default("tenantry"))
    .addOption(new Option("--service-account <name>", "service account of the workspaces").default("tenantry"))
    .addOption(new Option("-o, --out <file>", "write to this file; default: print"))
    .action(emit);
}
