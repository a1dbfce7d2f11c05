import type { Command } from "commander";

/** One verb of the command line. Its file is loaded only when it is called, so that `--help` stays quick. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command(): Command }>;
}

/** Verbs that people use together. */
export interface VerbGroup {
  readonly title: string;
  readonly verbs: readonly Verb[];
}

/** All verbs by what people do, in the order of `--help`. */
export const VERB_GROUPS: readonly VerbGroup[] = [
  {
    title: "Describe tenants",
    verbs: [
      { name: "new", summary: "write the file of a new tenant", load: () => import("./new.ts") },
      {
        name: "validate",
        summary: "check all tenant files; list all errors at once",
        load: () => import("./validate.ts"),
      },
      {
        name: "json-schema",
        summary: "print the JSON Schema of a tenant file",
        load: () => import("./json-schema.ts"),
      },
      { name: "list", summary: "list the tenants of a stack and their resources", load: () => import("./list.ts") },
      { name: "show", summary: "show everything about one tenant, without secrets", load: () => import("./show.ts") },
    ],
  },
  {
    title: "Change them",
    verbs: [
      { name: "plan", summary: "show what `up` would do, tenant by tenant", load: () => import("./plan.ts") },
      { name: "up", summary: "apply what the tenant files say", load: () => import("./up.ts") },
      { name: "rollout", summary: "roll out a change to the tenants in rings", load: () => import("./rollout.ts") },
      { name: "schema", summary: "migrate the schemas of the databases", load: () => import("./schema.ts") },
      { name: "drift", summary: "find changes made outside tenantry", load: () => import("./drift.ts") },
      { name: "rotate", summary: "replace keys and tokens", load: () => import("./rotate.ts") },
      { name: "suspend", summary: "switch tenants off and keep all data", load: () => import("./suspend.ts") },
      { name: "resume", summary: "switch suspended tenants on again", load: () => import("./resume.ts") },
      { name: "drop", summary: "remove a new tenant that was a mistake", load: () => import("./drop.ts") },
      {
        name: "fleet",
        summary: "work on all stacks of a group as one",
        load: () => import("./fleet.ts"),
      },
      { name: "history", summary: "show who changed which tenant when", load: () => import("./history.ts") },
    ],
  },
  {
    title: "Look after their machines",
    verbs: [
      { name: "status", summary: "show the current state of the machines", load: () => import("./status.ts") },
      { name: "logs", summary: "print the logs of a tenant's machine", load: () => import("./logs.ts") },
      { name: "exec", summary: "run a command or a shell in a tenant's machine", load: () => import("./exec.ts") },
    ],
  },
  {
    title: "Reach a tenant's files and database",
    verbs: [
      { name: "access", summary: "list, add, show and revoke people's keys", load: () => import("./access.ts") },
      { name: "pull", summary: "copy a tenant's files into a folder", load: () => import("./pull.ts") },
      { name: "push", summary: "copy a folder's files to a tenant", load: () => import("./push.ts") },
      { name: "live", summary: "sync a folder and a tenant's files continuously", load: () => import("./live.ts") },
      { name: "mount", summary: "mount a tenant's files on a folder", load: () => import("./mount.ts") },
      { name: "unmount", summary: "upload what is left, then unmount", load: () => import("./unmount.ts") },
      { name: "env", summary: "print a tenant's environment", load: () => import("./env.ts") },
    ],
  },
  {
    title: "Bring back, copy, hand over, let go",
    verbs: [
      { name: "snapshot", summary: "take a snapshot of files and rows", load: () => import("./snapshot.ts") },
      { name: "restore", summary: "restore missing data from a snapshot", load: () => import("./restore.ts") },
      { name: "clone", summary: "create a tenant as a copy of another", load: () => import("./clone.ts") },
      {
        name: "export",
        summary: "export a tenant to a folder or bucket",
        load: () => import("./export.ts"),
      },
      { name: "import", summary: "import an export into a new tenant", load: () => import("./import.ts") },
      { name: "offboard", summary: "end a tenant, step by step", load: () => import("./offboard.ts") },
    ],
  },
  {
    title: "See the whole fleet",
    verbs: [
      { name: "cost", summary: "estimate what each tenant costs a month", load: () => import("./cost.ts") },
      { name: "report", summary: "write the fleet as one HTML page or Markdown", load: () => import("./report.ts") },
      {
        name: "verify",
        summary: "attack the isolation of the tenants and show what succeeds",
        load: () => import("./verify.ts"),
      },
      {
        name: "gates",
        summary: "measure whether bucket and database replace a volume",
        load: () => import("./gates.ts"),
      },
      {
        name: "bench",
        summary: "measure plan, up and drift, compared with other tools",
        load: () => import("./bench.ts"),
      },
      { name: "emit", summary: "write machine configs and env files", load: () => import("./emit.ts") },
    ],
  },
  {
    title: "Set up",
    verbs: [
      { name: "init", summary: "write a new project", load: () => import("./init.ts") },
      { name: "setup", summary: "install the programs that tenantry starts", load: () => import("./setup.ts") },
      { name: "cloud", summary: "run the embedded cloud: up, down, status, logs", load: () => import("./cloud.ts") },
      {
        name: "demo",
        summary: "write and read a file, a row and a note of one tenant",
        load: () => import("./demo.ts"),
      },
      {
        name: "destroy",
        summary: "delete all resources of a stack on the embedded cloud",
        load: () => import("./destroy.ts"),
      },
      { name: "doctor", summary: "check tools, credentials and clocks", load: () => import("./doctor.ts") },
      { name: "completion", summary: "print completion for bash, zsh or fish", load: () => import("./completion.ts") },
    ],
  },
];

/** All verbs, in the order of `--help`. */
export const VERBS: readonly Verb[] = VERB_GROUPS.flatMap(({ verbs }) => verbs);
